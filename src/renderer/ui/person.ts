/** The first letters of the first and last word of a name, or a question mark for none. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 ? words.at(-1) : undefined;
  return [first, last]
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

/** A hue in degrees that stays the same for one user ID. */
export function hueOf(userId: string): number {
  let mixed = 7;
  for (const character of userId) mixed = (mixed * 31 + (character.codePointAt(0) ?? 0)) % 3_600;
  return mixed / 10;
}
