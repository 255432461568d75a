import { describe, expect, it } from 'vitest';
import { hueOf, initialsOf } from './person.ts';

describe('a person without a photograph', () => {
  it('has the first letters of the first and last name', () => {
    expect(initialsOf('  amira  el  haddad ')).toBe('AH');
    expect(initialsOf('Viktor')).toBe('V');
  });

  it('keeps whole characters and never fails', () => {
    expect(initialsOf('🦊 Fuchs')).toBe('🦊F');
    expect(initialsOf('   ')).toBe('?');
  });

  it('has the same colour every time', () => {
    const id = 'A'.repeat(43);
    expect(hueOf(id)).toBe(hueOf(id));
    expect(hueOf(id)).not.toBe(hueOf('B'.repeat(43)));
    expect(hueOf(id)).toBeLessThan(360);
  });
});
