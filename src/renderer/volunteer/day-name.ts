/** The name of a weekday, 0 is Sunday. */
export function dayName(day: number, language: string, width: 'short' | 'long'): string {
  // The first of February 2026 was a Sunday.
  return new Date(2026, 1, 1 + day).toLocaleDateString(language, { weekday: width });
}
