/** Places that are none, and places that broke. */
import { Button } from '@fluentui/react-components';
import { CompassNorthwestRegular } from '@fluentui/react-icons';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { t } from '../i18n';
import { Empty, Head, useTitle } from '../parts/layout';
import { Failed } from '../parts/messages';

/** No place has this address. */
export function NoSuchPlace() {
  useTitle(t('error.noPlace'));
  return (
    <>
      <Head title={t('error.noPlace')} />
      <Empty icon={CompassNorthwestRegular} line={t('error.noPlaceLine')} sentence={t('error.noPlaceWhy')}>
        <Link to="/">{t('nav.home')}</Link>
      </Empty>
    </>
  );
}

/** A place broke. A new version may have taken the old one's files away: loading again helps then. */
export function ErrorPlace({ error, reset }: ErrorComponentProps) {
  useTitle(t('error.failed'));
  const stale = /dynamically imported module|Importing a module/i.test(error instanceof Error ? error.message : '');
  return (
    <>
      <Head title={t('error.failed')} />
      <div className="section">
        {stale ? (
          <Empty icon={CompassNorthwestRegular} line={t('error.newVersion')}>
            <Button appearance="primary" onClick={() => location.reload()}>
              {t('action.loadAgain')}
            </Button>
          </Empty>
        ) : (
          <Failed error={error} retry={reset} />
        )}
      </div>
    </>
  );
}
