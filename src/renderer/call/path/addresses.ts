/** An address with its port as people write it; IPv6 in brackets (RFC 3986 §3.2.2). */
export function endpoint({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
