/**
 * As much XML as routers speak, read from bytes that nobody vouches for: elements and their text. There are no document types, so
 * there is nothing that an entity could grow into; time and memory grow with the length of the text and no faster.
 */
import { MAX_XML_DEPTH, MAX_XML_ELEMENTS } from './constants.ts';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text directly inside, trimmed. */
  readonly text: string;
}

interface OpenElement {
  readonly qualifiedName: string;
  readonly children: XmlElement[];
  text: string;
}

/** The root element; null when this is no XML, or more of it than a router has a reason for. */
export function readXml(text: string): XmlElement | null {
  const document: OpenElement = { qualifiedName: '', children: [], text: '' };
  const open = [document];
  let elements = 0;
  let at = 0;
  while (at < text.length) {
    const inside = open.at(-1) ?? document;
    const next = text.indexOf('<', at);
    const characters = text.slice(at, next < 0 ? text.length : next);
    if (open.length > 1) inside.text += withoutReferences(characters);
    if (next < 0) break;
    if (text.startsWith('<?', next)) {
      at = after(text, '?>', next);
    } else if (text.startsWith('<!--', next)) {
      at = after(text, '-->', next + 4);
    } else if (text.startsWith('<![CDATA[', next)) {
      at = after(text, ']]>', next);
      if (at > 0) inside.text += text.slice(next + 9, at - 3);
    } else if (text.startsWith('<!', next)) {
      return null;
    } else if (text.startsWith('</', next)) {
      at = after(text, '>', next);
      if (open.length === 1 || text.slice(next + 2, at - 1).trim() !== inside.qualifiedName) return null;
      close(open);
    } else {
      at = endOfTag(text, next);
      if (at < 0) return null;
      const isEmpty = text[at - 2] === '/';
      const qualifiedName = /^[^\s/>]+/.exec(text.slice(next + 1, at - 1))?.[0] ?? '';
      if (qualifiedName === '' || ++elements > MAX_XML_ELEMENTS || open.length > MAX_XML_DEPTH) return null;
      open.push({ qualifiedName, children: [], text: '' });
      if (isEmpty) close(open);
    }
    if (at <= 0) return null;
  }
  const [root, second] = document.children;
  return open.length === 1 && root !== undefined && second === undefined ? root : null;
}

/** Where the text goes on after `end`; -1 when that does not come. */
function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? -1 : at + end.length;
}

/** Past the `>` of a tag, which may stand in the value of an attribute before. */
function endOfTag(text: string, from: number): number {
  let quote = '';
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '>') {
      return at + 1;
    } else if (character === '<') {
      return -1;
    }
  }
  return -1;
}

function close(open: OpenElement[]): void {
  const closed = open.pop();
  if (!closed) return;
  const { qualifiedName, children, text } = closed;
  const name = qualifiedName.slice(qualifiedName.indexOf(':') + 1);
  open.at(-1)?.children.push({ name, children, text: text.trim() });
}

const CHARACTERS: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five characters that XML has names for, and those given by number. Any other reference stays as it is. */
function withoutReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,4});/gi, (reference, name: string) => {
    if (!name.startsWith('#')) return CHARACTERS[name] ?? reference;
    const code = Number.parseInt(name.replace(/^#x?/i, ''), /^#x/i.test(name) ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : reference;
  });
}

/** Every element of that name, at any depth, in order. */
export function elementsNamed(root: XmlElement, name: string): XmlElement[] {
  return [
    ...(root.name === name ? [root] : []),
    ...root.children.flatMap((child) => elementsNamed(child, name)),
  ];
}

/** The text of the first element of that name, at any depth. */
export function textOf(root: XmlElement, name: string): string | undefined {
  return elementsNamed(root, name)[0]?.text;
}

/** For text that goes into a document. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
