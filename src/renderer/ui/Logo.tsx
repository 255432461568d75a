/** The way round: two ends and the bend between them. Decoration only. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="16" fill="oklch(46.5% 0.096 168)" />
      <path
        d="M17 47 C17 25 47 39 47 17"
        fill="none"
        stroke="oklch(97% 0.02 130)"
        strokeWidth="5.5"
        strokeLinecap="round"
      />
      <circle cx="17" cy="47" r="6.5" fill="oklch(97% 0.02 130)" />
      <circle cx="47" cy="17" r="6.5" fill="oklch(86% 0.13 92)" />
    </svg>
  );
}
