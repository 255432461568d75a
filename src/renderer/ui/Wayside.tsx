/** A small landscape: hills, a way that winds round them, an end on either side. Decoration only. */
export function Wayside({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 320 168" className={className} aria-hidden="true">
      <path
        d="M0 168V120C52 76 92 92 132 112C176 134 214 60 320 84V168Z"
        fill="var(--accent-soft)"
        opacity="0.65"
      />
      <path d="M0 168V146C70 112 118 128 166 142C220 157 262 118 320 126V168Z" fill="var(--accent-soft)" />
      <circle cx="246" cy="42" r="17" fill="var(--warn)" opacity="0.75" />
      <path
        d="M46 140C58 96 118 140 142 116C168 90 206 132 268 92"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="3.5"
        strokeLinecap="round"
        strokeDasharray="1 9"
      />
      <circle cx="46" cy="141" r="8" fill="var(--surface)" stroke="var(--accent)" strokeWidth="3.5" />
      <circle cx="271" cy="90" r="8" fill="var(--accent)" />
    </svg>
  );
}
