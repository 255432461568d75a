/** Actions of UPnP services: SOAP 1.1 as UPnP Device Architecture 1.1 §3 has it. */
import { elementsNamed, escaped, readXml, textOf } from './xml.ts';

/** UPnP Device Architecture 1.1 §3.2.2: what a fault without a readable number is taken for, "Action Failed". */
const ACTION_FAILED = 501;

export type ActionAnswer =
  | { readonly ok: true; readonly value: (name: string) => string | undefined }
  /** UPnP's number for the reason. */
  | { readonly ok: false; readonly code: number };

/** The body of a request. The order of the arguments matters to some routers. */
export function writeAction(
  serviceType: string,
  action: string,
  values: readonly (readonly [string, string])[],
): string {
  const inside = values.map(([name, value]) => `<${name}>${escaped(value)}</${name}>`).join('');
  return (
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' +
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${serviceType}">${inside}</u:${action}>` +
    '</s:Body></s:Envelope>\r\n'
  );
}

/** What the router answered to the action; null when that is no answer to it. */
export function readActionAnswer(status: number, body: string, action: string): ActionAnswer | null {
  const root = readXml(body);
  if (root?.name !== 'Envelope') return null;
  if (elementsNamed(root, 'Fault').length > 0) {
    const code = textOf(root, 'errorCode') ?? '';
    return { ok: false, code: /^\d{1,4}$/.test(code) ? Number(code) : ACTION_FAILED };
  }
  const [answer] = elementsNamed(root, `${action}Response`);
  if (status !== 200 || !answer) return null;
  return { ok: true, value: (name) => textOf(answer, name) };
}
