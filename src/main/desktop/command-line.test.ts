import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { isLink, linkIn } from './links.ts';

describe('the command line of the desktop app', () => {
  it('reads its own flags and lets those of Electron and Chromium pass', () => {
    const argv = [
      '--no-sandbox',
      '.',
      '--data',
      '/d',
      '--server=ws://127.0.0.1:1/',
      '--name',
      'Ann',
      '--lang=de',
    ];
    expect(readCommandLine(argv)).toEqual({
      dataDirectory: '/d',
      serverUrl: 'ws://127.0.0.1:1/',
      name: 'Ann',
      logLevel: 'error',
      instrument: false,
      link: undefined,
    });
  });

  it('finds the link the system opened the app with', () => {
    expect(readCommandLine(['.', 'byway://add/abc']).link).toBe('byway://add/abc');
  });

  it('names the flags that cannot be used', () => {
    expect(() => readCommandLine(['--server', 'http://x/', '--log-level', 'loud'])).toThrow(
      '--server, --log-level',
    );
  });
});

describe('links from outside', () => {
  it('are passed on only when they could be ours', () => {
    expect(isLink('byway://add/abc?name=Ann%20B')).toBe(true);
    for (const text of [
      'https://x/',
      'byway:add',
      `byway://${'x'.repeat(600)}`,
      'byway://a b',
      'byway://a\n',
      'byway://é',
    ]) {
      expect(isLink(text)).toBe(false);
    }
    expect(linkIn(['.', '--flag', 'file:///x'])).toBeUndefined();
  });
});
