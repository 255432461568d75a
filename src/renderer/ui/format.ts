/** Numbers as a person reads them. Pure: the words come from `t`, the digits from the language. */
import type { TFunction } from 'i18next';

export interface Format {
  /** A clock of a conversation: 0:07, 12:05, 1:02:03. */
  clock(seconds: number): string;
  ms(value: number): string;
  /** Below a second in ms, above in s with one digit. */
  span(ms: number): string;
  percent(value: number): string;
  /** From bits a second. */
  bitrate(bitsPerSecond: number): string;
  bytes(value: number): string;
  /** Today a time, this year a day, else a date. `at` and `now` in ms since 1970. */
  when(at: number, now: number): string;
  date(at: number): string;
  /** How long something lasts: today a time, tomorrow and within a week a day and a time, else a date. Both in ms since 1970. */
  until(at: number, now: number): string;
}

export function formatFor(language: string, t: TFunction): Format {
  const number = (value: number, digits: number) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
      value,
    );
  const threeDigits = (value: number) =>
    new Intl.NumberFormat(language, {
      maximumSignificantDigits: Math.max(3, String(Math.floor(value)).length),
    }).format(value);
  const ms = (value: number) =>
    t('format.milliseconds', { value: number(value, value > 0 && value < 10 ? 1 : 0) });
  return {
    clock(seconds) {
      const two = (value: number) => String(value).padStart(2, '0');
      const hours = Math.floor(seconds / 3600);
      const minutes = Math.floor((seconds % 3600) / 60);
      const rest = two(Math.floor(seconds % 60));
      return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
    },
    ms,
    span(value) {
      const whole = Math.round(value);
      return whole < 1000
        ? t('format.milliseconds', { value: number(whole, 0) })
        : t('format.seconds', { value: number(whole / 1000, 1) });
    },
    percent: (value) => t('format.percent', { value: number(value, value > 0 && value < 10 ? 1 : 0) }),
    bitrate(bits) {
      if (bits < 1e6) return t('format.kilobits', { value: number(bits / 1e3, 0) });
      return t('format.megabits', { value: number(bits / 1e6, 1) });
    },
    bytes(value) {
      if (value < 1e3) return t('format.bytes', { value: number(value, 0) });
      if (value < 1e6) return t('format.kilobytes', { value: number(value / 1e3, 0) });
      if (value < 1e9) return t('format.megabytes', { value: number(value / 1e6, 1) });
      if (value < 1e12) return t('format.gigabytes', { value: threeDigits(value / 1e9) });
      return t('format.terabytes', { value: threeDigits(value / 1e12) });
    },
    when(at, now) {
      const [then, today] = [new Date(at), new Date(now)];
      if (now - at < 60_000 && now >= at) return t('format.justNow');
      if (then.toDateString() === today.toDateString()) {
        return then.toLocaleTimeString(language, { timeStyle: 'short' });
      }
      const year = then.getFullYear() === today.getFullYear() ? {} : ({ year: 'numeric' } as const);
      return then.toLocaleDateString(language, { day: 'numeric', month: 'short', ...year });
    },
    date: (at) =>
      new Date(at).toLocaleDateString(language, { day: 'numeric', month: 'long', year: 'numeric' }),
    until(at, now) {
      const then = new Date(at);
      const time = then.toLocaleTimeString(language, { timeStyle: 'short' });
      const days = localDayNumber(at) - localDayNumber(now);
      if (days <= 0) return time;
      const isMidnight = then.getHours() + then.getMinutes() === 0;
      if (days === 1) return isMidnight ? t('format.midnight') : t('format.tomorrow', { time });
      if (days >= 7) return then.toLocaleDateString(language, { day: 'numeric', month: 'long' });
      const day = then.toLocaleDateString(language, { weekday: 'long' });
      return isMidnight ? day : t('format.dayAndTime', { day, time });
    },
  };
}

/** Days since 1970 by the local calendar. */
function localDayNumber(at: number): number {
  const then = new Date(at);
  return Date.UTC(then.getFullYear(), then.getMonth(), then.getDate()) / 86_400_000;
}
