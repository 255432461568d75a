/** Local days and months by their names, whose order is that of the alphabet. */

/** `2027-01-15`. @param nowMs ms since 1970 */
export function dayOf(nowMs: number): string {
  return `${monthOf(nowMs)}-${twoDigits(new Date(nowMs).getDate())}`;
}

/** `2027-01`. @param nowMs ms since 1970 */
export function monthOf(nowMs: number): string {
  const now = new Date(nowMs);
  return `${String(now.getFullYear()).padStart(4, '0')}-${twoDigits(now.getMonth() + 1)}`;
}

/** When the next month begins, ms since 1970. */
export function nextMonthMs(nowMs: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth() + 1, 1).getTime();
}

/** The local day that is so many days before, by name. */
export function dayBefore(nowMs: number, days: number): string {
  const now = new Date(nowMs);
  return dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - days, 12).getTime());
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
