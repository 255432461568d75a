/**
 * Which page has the media end of the call. Several pages may be open on one engine, and each would make one; the first
 * that describes itself has it until it goes away. To the others the call is one without an endpoint: they show it, can
 * hang it up, and neither open a device for it nor speak for the page that has it.
 */
import type { CallSnapshot } from '../../shared/call.ts';

/** A page, known by the context object that its connection was given. */
export type Page = object;

export class MediaEnd {
  #endpointId: string | undefined;
  #page: Page | undefined;
  /** The endpoint that a page has made ahead for a call that comes in, and which page. */
  #ready: { readonly page: Page; readonly endpointId: string } | undefined;
  /** Streams of the call that each page watches. One that watches none cannot have a media end. */
  readonly #watching = new Map<Page, number>();

  watches(page: Page): void {
    this.#watching.set(page, (this.#watching.get(page) ?? 0) + 1);
  }

  watchesNoMore(page: Page): void {
    const streams = (this.#watching.get(page) ?? 0) - 1;
    if (streams > 0) this.#watching.set(page, streams);
    else this.#watching.delete(page);
  }

  /** The page has an endpoint ready for the next call that comes in; undefined: it has none. False where another page's is the one that counts. */
  hasReady(page: Page, endpointId: string | undefined): boolean {
    if (endpointId === undefined && this.#ready?.page !== page) return false;
    this.#ready = endpointId === undefined ? undefined : { page, endpointId };
    return true;
  }

  /** The page is gone: whether it leaves an endpoint that nobody can use. */
  leavesReady(page: Page): boolean {
    return !this.#watching.has(page) && this.hasReady(page, undefined);
  }

  /** The engine took this page's description. */
  isWith(page: Page, endpointId: string): void {
    this.#page = page;
    this.#endpointId = endpointId;
  }

  /** Whether this endpoint is another page's. */
  isElsewhere(page: Page, endpointId: string | undefined): boolean {
    const owner = this.#ownerOf(endpointId);
    return owner !== undefined && owner !== page && this.#watching.has(owner);
  }

  #ownerOf(endpointId: string | undefined): Page | undefined {
    if (endpointId === undefined) return undefined;
    if (endpointId === this.#endpointId) return this.#page;
    return endpointId === this.#ready?.endpointId ? this.#ready.page : undefined;
  }

  /** The call as this page is shown it. */
  seenBy(page: Page, call: CallSnapshot | null): CallSnapshot | null {
    if (call === null || !this.isElsewhere(page, call.endpoint?.id)) return call;
    return { ...call, endpoint: undefined, maySendMedia: false };
  }
}
