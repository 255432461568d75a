import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_XML_DEPTH, MAX_XML_ELEMENTS } from './constants.ts';
import { escaped, readXml, textOf } from './xml.ts';

describe('the XML that routers speak', () => {
  it('is read: prefixes, attributes, comments, CDATA and the characters with names', () => {
    const root = readXml(
      '<?xml version="1.0"?><!-- a < b --><s:a x="1>2" y=\'"\'><b>1 &lt; 2 &#38; &#x33;</b><c/><d><![CDATA[<e>]]></d></s:a>\n',
    );
    expect(root).toEqual({
      name: 'a',
      text: '',
      children: [
        { name: 'b', text: '1 < 2 & 3', children: [] },
        { name: 'c', text: '', children: [] },
        { name: 'd', text: '<e>', children: [] },
      ],
    });
  });

  it('gives back any text that was put into it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(textOf(readXml(`<a><b>${escaped(text)}</b></a>`) ?? never(), 'b')).toBe(text.trim());
      }),
    );
  });

  it.each([
    [
      'a document type with entities that grow',
      '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    ],
    ['an entity from a file', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['no element', 'text'],
    ['two roots', '<a/><b/>'],
    ['an end that does not fit', '<a></b>'],
    ['an end too many', '<a/></a>'],
    ['an element that does not end', '<a>'],
    ['a tag that does not end', '<a b="'],
    ['a comment that does not end', '<a><!-- '],
    ['an element without a name', '<a>< /></a>'],
    ['nesting without end', '<a>'.repeat(MAX_XML_DEPTH + 2) + '</a>'.repeat(MAX_XML_DEPTH + 2)],
    ['elements without end', `<a>${'<b/>'.repeat(MAX_XML_ELEMENTS)}</a>`],
  ])('is not read with %s', (_what, text) => {
    expect(readXml(text)).toBeNull();
  });

  it('leaves references it does not know as they are', () => {
    expect(readXml('<a>&b; &#0; &#99999999; &#xffffff;</a>')?.text).toBe('&b; &#0; &#99999999; &#xffffff;');
  });

  it('is read without throwing, whatever it is', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '<a>',
      '</a>',
      '"',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '&#x',
      ';',
    );
    fc.assert(fc.property(fc.array(part, { maxLength: 60 }), (parts) => void readXml(parts.join(''))));
  });

  it('takes no more time than the length of the text, whatever it is', () => {
    const startedAtMs = performance.now();
    for (const text of ['<a ', '<!--', '<a>'.repeat(20), '&#x', '<a b="', '</', '<a><b/>']) {
      readXml(text.repeat(1 << 16));
      readXml(`<a>${text.repeat(1 << 16)}`);
    }
    // Fourteen texts of up to 4 MB, 64 times what is ever read; anything quadratic would take hours.
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});

function never(): never {
  throw new Error('not read');
}
