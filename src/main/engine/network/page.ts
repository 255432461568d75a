/** The page at an address, as much of it as tells who answers there. */
import { MAX_PAGE_BYTES } from './constants.ts';

export interface Page {
  readonly status: number;
  /** Where it sends us instead. */
  readonly location: string | null;
  readonly isHtml: boolean;
  /** The first bytes, as text. */
  readonly beginning: string;
}

/** @throws when nobody answers, or not in HTTP, or when the signal says so */
export type FetchPage = (url: URL, signal: AbortSignal) => Promise<Page>;

/** Asks and follows nothing; reads at most `MAX_PAGE_BYTES` of what comes. */
export const fetchPage: FetchPage = async (url, signal) => {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { 'cache-control': 'no-cache' } });
  return {
    status: response.status,
    location: response.headers.get('location'),
    isHtml: /\bhtml\b/.test(response.headers.get('content-type') ?? ''),
    beginning: await beginningOf(response),
  };
};

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < MAX_PAGE_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).subarray(0, MAX_PAGE_BYTES).toString('utf8');
}
