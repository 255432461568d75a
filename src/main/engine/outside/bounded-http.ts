/** HTTP for asking machines that are not trusted: one request, one bounded answer, no redirects. */
import { request } from 'node:http';
import type { HttpReply, HttpRequest } from './index.ts';

/** Node's own bound is 16 KiB; a router's header has some hundred bytes. */
const MAX_HEADER_BYTES = 8_192;

export function requestHttp(asked: HttpRequest): Promise<HttpReply> {
  const { address, port, localAddress, method, path, headers, body, maxBodyBytes, signal } = asked;
  return new Promise((resolve, reject) => {
    const asking = request({
      host: address,
      port,
      localAddress,
      method,
      path,
      headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
    });
    asking.on('error', reject);
    // Without a listener an upgrade only ends the connection, and nobody would be told.
    asking.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('the answer is not HTTP'));
    });
    asking.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        length += part.length;
        if (length > maxBodyBytes) {
          asking.destroy(new Error(`the answer is longer than ${maxBodyBytes} bytes`));
          return;
        }
        parts.push(part);
      });
      response.on('error', reject);
      response.on('close', () => reject(new Error('the answer ended in the middle')));
      response.on('end', () => {
        if (!response.complete) reject(new Error('the answer ended in the middle'));
        else resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts, length) });
      });
    });
    asking.end(body);
  });
}
