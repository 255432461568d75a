/**
 * Who may send how much of what all bridges may send together: max-min fairness (Bertsekas and Gallager, Data Networks, §6.5.2). Who wants less than an
 * even share gets what it wants, and what it leaves is shared among the others.
 */

/**
 * The most that one may have, so that all together have `total`.
 *
 * @param wants what each wants, in the unit of `total`; the first `count` count
 * @returns Infinity where all wants together are no more than `total`
 */
export function fairLevel(wants: Float64Array, count: number, total: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += wants[index] ?? 0;
  if (sum <= total) return Number.POSITIVE_INFINITY;
  // The level rises until nobody is below it who was above it before: at most one round for each, in practice a handful.
  let level = total / count;
  for (let round = 0; round < count; round++) {
    let content = 0;
    let satisfied = 0;
    for (let index = 0; index < count; index++) {
      const want = wants[index] ?? 0;
      if (want > level) continue;
      content++;
      satisfied += want;
    }
    const next = (total - satisfied) / (count - content);
    if (next <= level) break;
    level = next;
  }
  return level;
}
