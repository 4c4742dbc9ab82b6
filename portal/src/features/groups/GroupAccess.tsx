/** Who had the group, at any instant. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { GroupSearch } from '../../router';
import { useMemo } from 'react';
import type { Managed } from '../../api/types';
import { Compare } from '../access/Compare';

export default function GroupAccess({ group }: { group: Managed }) {
  const { then, and, differs = false } = useSearch({ strict: false }) as GroupSearch;
  const navigate = useNavigate();
  const of = useMemo(() => (group.of === 'role' ? { role: group.id } : { group: group.id }), [group.id, group.of]);
  return <Compare of={of} then={then} and={and} differs={differs} onSearch={(change) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...change }), replace: true, resetScroll: false })} />;
}
