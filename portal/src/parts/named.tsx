/** What somebody, a group or anything else is called: it is written its own way and turns nothing beside it (T-44). */
import { closed } from '../i18n/isolate';

export function Named({ of }: { of: string | null | undefined }) {
  return <bdi>{closed(of ?? '')}</bdi>;
}

/** What tells somebody from another who is called the same: the name they sign in with, and the end of their id. */
export function WhoExactly({ id, signsInAs }: { id: string; signsInAs: string | null | undefined }) {
  return (
    <span className="caption who-exactly">
      {signsInAs ? (
        <>
          <Named of={signsInAs} />{' · '}
        </>
      ) : null}
      <span className="num" title={id}>…{id.slice(-6)}</span>
    </span>
  );
}
