import { memo } from 'react';
import { Avatar } from '../ui/Avatar.tsx';

/**
 * A person who is being called or calls, with rings going out from them. They start when the two ends have had time to
 * connect: drawing them takes processor time.
 */
export const Ripples = memo(function Ripples({ userId, name }: { userId: string; name: string }) {
  return (
    <span className="relative inline-flex">
      <span className="absolute inset-0 animate-ripple rounded-full bg-accent/40 [animation-delay:1.2s]" />
      <span className="absolute inset-0 animate-ripple rounded-full bg-accent/30 [animation-delay:2.4s]" />
      <span className="relative">
        <Avatar userId={userId} name={name} size="huge" />
      </span>
    </span>
  );
});
