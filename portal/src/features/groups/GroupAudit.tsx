/** What happened about one group. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Group } from '../../api/types';
import { AuditList } from '../audit/AuditList';

export default function GroupAudit({ group }: { group: Group & { id: string } }) {
  const search = useSearch({ from: '/groups/$id/{-$tab}' });
  const navigate = useNavigate();
  return (
    <AuditList
      filter={{ view: 'group', groupId: group.id }}
      search={{ from: search.from, to: search.to, entry: search.entry, table: search.table, q: search.q }}
      onSearch={(change) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...change }), replace: true, resetScroll: false })}
    />
  );
}
