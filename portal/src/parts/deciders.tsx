/** Who decides on a request, by name. */
import { useQueries } from '@tanstack/react-query';
import type { Policy } from '../api/policy';
import { directoryObject } from '../api/queries';

/** The names of a policy's approvers, without the one who asks. */
export function useDeciders(policy: Policy | undefined, not: string | undefined): string[] {
  const found = useQueries({ queries: (policy?.settings.approvers ?? []).map(({ id }) => directoryObject(id)) });
  return found.flatMap((one) => (one.data && one.data.id !== not ? [one.data.displayName ?? ''] : []));
}
