/** Shows the stories: in development only, for nothing that is built leads here. */
import '@fontsource-variable/inter/wght.css';
import '../styles/base.css';
import './stories.css';
import { FluentProvider } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from '../api/queries';
import { speak } from '../i18n';
import { themes } from '../theme';
import { Stories } from './stories';

function Page() {
  const [look, setLook] = useState<'light' | 'dark' | 'contrast'>('light');
  useEffect(() => {
    document.documentElement.dataset.look = look;
  }, [look]);
  return (
    <FluentProvider theme={themes[look]} className="theme" applyStylesToPortals>
      <Stories look={look} onLook={setLook} />
    </FluentProvider>
  );
}

const router = createRouter({ routeTree: createRootRoute({ component: Page }), history: createMemoryHistory() });
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the stories');
void speak().then(() =>
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        {/* Links of the parts need a router; it leads nowhere here, and is not the portal's own. */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
