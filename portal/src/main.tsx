/** The portal begins: words, styles, data, places. */
import '@fontsource-variable/inter/wght.css';
import './styles/base.css';
import { createDOMRenderer, FluentProvider, RendererProvider } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { client, myRoles } from './api/queries';
import { speak } from './i18n';
import { preferences, usePreferences } from './preferences';
import { router } from './router';
import { themes } from './theme';
import { ask } from './time/clock';

const nonce = document.querySelector<HTMLMetaElement>('meta[name=ephor-nonce]')?.nonce;
const renderer = createDOMRenderer(document, nonce ? { styleElementAttributes: { nonce } } : {});

const darkness = window.matchMedia('(prefers-color-scheme: dark)');

function useLook(): keyof typeof themes {
  const { theme } = usePreferences();
  const [dark, setDark] = useState(darkness.matches);
  useEffect(() => {
    const changed = () => setDark(darkness.matches);
    darkness.addEventListener('change', changed);
    return () => darkness.removeEventListener('change', changed);
  }, []);
  return theme === 'system' ? (dark ? 'dark' : 'light') : theme;
}

function Portal() {
  const look = useLook();
  const { language, timeZone } = usePreferences();
  const [spoken, setSpoken] = useState(language);
  useEffect(() => {
    void speak().then(() => setSpoken(language));
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.look = look;
  }, [look]);
  return (
    <FluentProvider theme={themes[look]} className="theme" applyStylesToPortals>
      <RouterProvider router={router} key={`${spoken} ${timeZone}`} />
    </FluentProvider>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the portal');

// What the first place most likely needs is asked for while the words are loaded.
if (/^\/(roles)?$/.test(location.pathname)) void client.prefetchQuery(myRoles());
void ask();
void preferences();
void speak().then(() =>
  createRoot(root).render(
    <StrictMode>
      <RendererProvider renderer={renderer} targetDocument={document}>
        <QueryClientProvider client={client}>
          <Portal />
        </QueryClientProvider>
      </RendererProvider>
    </StrictMode>,
  ),
);
