/** Who had the group, at any instant. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Group } from '../../api/types';
import { Compare } from '../access/Compare';

export default function GroupAccess({ group }: { group: Group & { id: string } }) {
  const { then, and, differs = false } = useSearch({ from: '/groups/$id/{-$tab}' });
  const navigate = useNavigate();
  const of = useMemo(() => ({ group: group.id }), [group.id]);
  return <Compare of={of} then={then} and={and} differs={differs} onSearch={(change) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...change }), replace: true, resetScroll: false })} />;
}
