/** What happened about one group. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { GroupSearch } from '../../router';
import type { Managed } from '../../api/types';
import { AuditList } from '../audit/AuditList';

export default function GroupAudit({ group }: { group: Managed }) {
  const search = useSearch({ strict: false }) as GroupSearch;
  const navigate = useNavigate();
  return (
    <AuditList
      filter={group.of === 'role' ? { view: 'role', roleDefinitionId: group.id } : { view: 'group', groupId: group.id }}
      search={{ from: search.from, to: search.to, entry: search.entry, table: search.table, q: search.q }}
      onSearch={(change) => void navigate({ to: '.', search: (was: object) => ({ ...was, ...change }), replace: true, resetScroll: false })}
    />
  );
}
