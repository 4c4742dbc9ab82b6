/** The way to the page of what is held: a group's, or a directory role's. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Access } from '../api/types';

export function HeldLink({ held, className, children }: { held: { groupId: string; accessId: Access }; className?: string; children: ReactNode }) {
  const params = { id: held.groupId, tab: 'overview' as const };
  return held.accessId === 'role' ? (
    <Link to="/directory-roles/$id/{-$tab}" params={params} className={className}>
      {children}
    </Link>
  ) : (
    <Link to="/groups/$id/{-$tab}" params={params} className={className}>
      {children}
    </Link>
  );
}
