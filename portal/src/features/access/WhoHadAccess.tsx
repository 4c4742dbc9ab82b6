/** Who had a group, or what somebody had, at any instant. */
import { HistoryRegular } from '@fluentui/react-icons';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { t } from '../../i18n';
import { Empty, Head, useTitle } from '../../parts/layout';
import { PeoplePicker, useNames } from '../../parts/PeoplePicker';
import { Compare } from './Compare';

export default function WhoHadAccess() {
  const search = useSearch({ from: '/access' });
  const navigate = useNavigate({ from: '/access' });
  const id = search.group ?? search.person;
  const [name] = useNames(id === undefined ? [] : [id]);
  const title = id === undefined ? t('nav.access') : search.group === undefined ? t('access.whatHad', { name: name ?? '' }) : t('access.whoHad', { name: name ?? '' });
  useTitle(title);
  const picker = (
    <div>
      <span className="strong">{t('access.of')}</span>
      <PeoplePicker
        label={t('access.of')}
        single
        value={id === undefined ? [] : [{ kind: search.group === undefined ? 'user' : 'group', id }]}
        onChange={([one]) => void navigate({ search: (was) => ({ ...was, group: one?.kind === 'group' ? one.id : undefined, person: one?.kind === 'user' ? one.id : undefined }) })}
      />
    </div>
  );
  return (
    <>
      <Head title={title}>{t('access.what')}</Head>
      <div className="section">
        {id === undefined ? (
          <>
            <div style={{ maxWidth: 360 }}>{picker}</div>
            <Empty icon={HistoryRegular} line={t('access.choose')} sentence={t('access.chooseWhy')} />
          </>
        ) : (
          <Compare
            key={id}
            of={search.group === undefined ? { user: id } : { group: id }}
            then={search.then}
            and={search.and}
            differs={search.differs === true}
            picker={picker}
            onSearch={(change) => void navigate({ search: (was) => ({ ...was, ...change }), replace: true, resetScroll: false })}
          />
        )}
      </div>
    </>
  );
}
