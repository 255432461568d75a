/** Numbers as people type them, in the digits of their language. */

export interface NumberKind {
  readonly least: number;
  readonly most: number;
  /** Digits after the point that count. */
  readonly decimals: number;
}

/** The number, rounded to the digits that count; undefined for what is none, or outside of the kind. */
export function readNumber(
  text: string,
  language: string,
  { least, most, decimals }: NumberKind,
): number | undefined {
  const digits = text.replaceAll(/\s/g, '');
  const group = groupSign(language);
  const isGrouped = new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(?!\\d)`).test(digits);
  // A sign that does not stand between groups of three can only be meant as the point.
  const plain = (isGrouped ? digits.replaceAll(group, '') : digits).replace(',', '.');
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(plain)) return undefined;
  const value = Number(Number(plain).toFixed(decimals));
  return value >= least && value <= most ? value : undefined;
}

/** Without groups, as one types it. */
export function writeNumber(value: number, language: string, { decimals }: NumberKind): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: decimals, useGrouping: false }).format(
    value,
  );
}

function groupSign(language: string): string {
  const parts = new Intl.NumberFormat(language).formatToParts(1_000_000);
  return parts.find(({ type }) => type === 'group')?.value ?? ',';
}
