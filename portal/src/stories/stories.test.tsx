import { FluentProvider } from '@fluentui/react-components';
import { cleanup, render } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { speak } from '../i18n';
import { themes } from '../theme';
import { stories } from './stories';

beforeAll(() => speak());
// What is still drawn when the file ends would be drawn on into no window.
afterEach(cleanup);

describe.each(stories)('$name', ({ states }) => {
  it.each(states)('is drawn: $name', ({ shown }) => {
    const { container } = render(<FluentProvider theme={themes.light}>{shown}</FluentProvider>);
    expect(container.textContent).not.toMatch(/undefined|NaN|\[object/);
    expect(container.querySelector('*')).not.toBeNull();
  });
});
