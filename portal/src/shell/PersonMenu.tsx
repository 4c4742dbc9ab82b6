/** Who is signed in, and the way out. */
import { Button } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { demonstration, me } from '../api/queries';
import { t } from '../i18n';
import { isolated } from '../i18n/isolate';
import { PrincipalMark } from '../parts/marks';
import { Sheet } from '../parts/Sheet';
import { methodsAddress, sessionsAddress, signOutAddress, switchAddress } from '../session';

export default function PersonMenu({ onClose }: { onClose: () => void }) {
  const who = useQuery(me()).data;
  const demo = useQuery(demonstration()).data;
  const navigate = useNavigate();
  return (
    <Sheet title={isolated(who?.displayName ?? '')} onClose={onClose}>
      <div className="who" style={{ marginBottom: 20 }}>
        <PrincipalMark name={who?.displayName} size={48} />
        <div className="row-words">
          <p>{who?.userPrincipalName}</p>
          <p className="secondary">{who?.jobTitle}</p>
        </div>
      </div>
      <div className="sheet-actions">
        <Button onClick={() => (onClose(), void navigate({ to: '/settings' }))}>{t('nav.settings')}</Button>
        <Button as="a" href={methodsAddress}>
          {t('person.methods')}
        </Button>
        <Button as="a" href={sessionsAddress}>
          {t('person.sessions')}
        </Button>
        {demo === true ? (
          <Button as="a" href={switchAddress}>
            {t('person.switch')}
          </Button>
        ) : null}
        <Button as="a" href={signOutAddress}>
          {t('person.signOut')}
        </Button>
      </div>
    </Sheet>
  );
}
