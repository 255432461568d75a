import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkChecksumError, LinkUnreadableError } from './errors.ts';
import { identityFrom } from './identity.ts';
import { linkFor, parseLink, spell } from './link.ts';
import { publicKeyOf } from './public-key.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const newUserId = () => identityFrom(randomBytes(32), 'AAAAAAAAAAAAAAAA').userId;
const userId = newUserId();

/** What a text is taken for: a user ID, or the name of the error. */
function outcome(text: string): string {
  try {
    return parseLink(text);
  } catch (error) {
    if (error instanceof LinkChecksumError || error instanceof LinkUnreadableError) return error.name;
    throw error;
  }
}

describe('a link', () => {
  test('brings the user ID back', () => {
    for (let run = 0; run < 20; run++) {
      const id = newUserId();
      expect(parseLink(linkFor(id))).toBe(id);
    }
    expect(linkFor(userId)).toMatch(/^byway:\/\/add\/[A-Za-z0-9_-]{48}$/);
  });

  test('is read with white space around it, a slash behind it, and its scheme in any case', () => {
    const link = linkFor(userId);
    expect(parseLink(`  ${link}\n`)).toBe(userId);
    expect(parseLink(`${link}/`)).toBe(userId);
    expect(parseLink(link.replace('byway://add', 'BYWAY://Add'))).toBe(userId);
  });

  test('never passes with one wrong character, whichever and wherever', () => {
    const link = linkFor(userId);
    const code = link.indexOf('/add/') + 5;
    for (let position = 0; position < link.length; position++) {
      for (const character of `${BASE64URL}/:?`) {
        const wrong = link.slice(0, position) + character + link.slice(position + 1);
        const sameInOtherCase = position < code && wrong.toLowerCase() === link.toLowerCase();
        if (wrong === link || sameInOtherCase) continue;
        const plausible = position >= code && BASE64URL.includes(character);
        expect(outcome(wrong), wrong).toBe(plausible ? 'LinkChecksumError' : 'LinkUnreadableError');
      }
    }
  });

  test('never passes with a character missing, doubled, or swapped with its neighbour', () => {
    const link = linkFor(userId);
    for (let position = 12; position < link.length; position++) {
      const [before, here, after] = [
        link.slice(0, position),
        link.charAt(position),
        link.slice(position + 1),
      ];
      expect(outcome(before + after)).toBe('LinkUnreadableError');
      expect(outcome(before + here + here + after)).toBe('LinkUnreadableError');
      const swapped = before + after.charAt(0) + here + after.slice(1);
      if (swapped !== link && after !== '') expect(outcome(swapped)).toBe('LinkChecksumError');
    }
  });
});

describe('a spelled ID', () => {
  test('has fifteen groups of four and brings the user ID back', () => {
    for (let run = 0; run < 20; run++) {
      const id = newUserId();
      expect(spell(id)).toMatch(/^BY[0-9A-HJKMNP-TV-Z]{2}( [0-9A-HJKMNP-TV-Z]{4}){14}$/);
      expect(parseLink(spell(id))).toBe(id);
    }
  });

  test('is read in any case, with any spacing, and with the letters that look like digits', () => {
    const spelled = spell(userId);
    expect(parseLink(spelled.toLowerCase())).toBe(userId);
    expect(parseLink(spelled.replaceAll(' ', ''))).toBe(userId);
    expect(parseLink(spelled.replaceAll(' ', '-'))).toBe(userId);
    expect(parseLink(`\t${spelled.replaceAll(' ', '\n')} `)).toBe(userId);
    expect(parseLink(spelled.replaceAll('1', 'l').replaceAll('0', 'o'))).toBe(userId);
    expect(parseLink(spelled.replaceAll('1', 'I').replaceAll('0', 'O'))).toBe(userId);
  });

  test('never passes with one wrong character, whichever and wherever', () => {
    const spelled = spell(userId).replaceAll(' ', '');
    const alike: Record<string, string> = { I: '1', L: '1', O: '0' };
    for (let position = 0; position < spelled.length; position++) {
      for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
        if ((alike[character] ?? character) === spelled.charAt(position)) continue;
        const wrong = spelled.slice(0, position) + character + spelled.slice(position + 1);
        const kind = position < 2 || character === 'U' ? 'LinkUnreadableError' : 'LinkChecksumError';
        expect(outcome(wrong), wrong).toBe(kind);
      }
    }
  });

  test('never passes with a whole group misheard', () => {
    const groups = spell(userId).split(' ');
    for (let group = 1; group < groups.length; group++) {
      const wrong = groups.with(group, groups[group] === 'ZZZZ' ? 'YYYY' : 'ZZZZ').join(' ');
      expect(outcome(wrong)).toBe('LinkChecksumError');
    }
  });
});

describe('any other text', () => {
  test.each([
    '',
    'hello',
    'https://example.org/add/',
    'byway://add/',
    userId,
    `byway://call/${linkFor(userId).slice(12)}`,
    `${linkFor(userId)}x`,
    'A'.repeat(100_000),
  ])('number %# is no link', (text) => {
    expect(outcome(text)).toBe('LinkUnreadableError');
  });

  test('never ends in anything but a user ID or one of the two errors', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `byway://add/${text}`),
        ),
        (text) => {
          expect(['LinkUnreadableError', 'LinkChecksumError']).toContain(outcome(text));
        },
      ),
    );
  });

  test('a right checksum over something that is nobody’s key is not taken', () => {
    const none = Buffer.alloc(32, 0xff).toString('base64url');
    const neutral = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]).toString('base64url');
    expect(outcome(linkFor(none))).toBe('LinkUnreadableError');
    expect(outcome(linkFor(neutral))).toBe('LinkUnreadableError');
  });
});

describe('a user ID', () => {
  test('has one spelling: the spare bits of its last character do not make another', () => {
    const last = BASE64URL.indexOf(userId.charAt(42));
    expect(publicKeyOf(userId)).not.toBeNull();
    for (const spare of [1, 2, 3]) {
      expect(publicKeyOf(userId.slice(0, 42) + BASE64URL.charAt(last + spare))).toBeNull();
    }
  });
});
