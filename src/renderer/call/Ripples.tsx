import { Avatar } from '../ui/Avatar.tsx';

/** A person who is being called or calls, with rings going out from them. */
export function Ripples({ userId, name }: { userId: string; name: string }) {
  return (
    <span className="relative inline-flex">
      <span className="absolute inset-0 animate-ripple rounded-full bg-accent/40" />
      <span className="absolute inset-0 animate-ripple rounded-full bg-accent/30 [animation-delay:1.2s]" />
      <span className="relative">
        <Avatar userId={userId} name={name} size="huge" />
      </span>
    </span>
  );
}
