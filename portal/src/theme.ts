/**
 * The looks: a petrol ramp for what can be pressed, and five meanings of colour for what it says about
 * time or refusal. Fluent turns each key into a CSS variable, ours too: `var(--liveText)`.
 */
import {
  createDarkTheme,
  createLightTheme,
  teamsHighContrastTheme,
  type BrandVariants,
  type Theme,
} from '@fluentui/react-components';

const petrol: BrandVariants = {
  10: '#02161B',
  20: '#042630',
  30: '#053642',
  40: '#064552',
  50: '#07505F',
  60: '#085A6C',
  70: '#096276',
  80: '#0B6A7F',
  90: '#1F7D92',
  100: '#3690A5',
  110: '#4FA2B6',
  120: '#69B3C6',
  130: '#86C5D5',
  140: '#A3D6E3',
  150: '#C2E7F0',
  160: '#E2F5F9',
};

/** What a colour can mean: now, not yet, look, no, could or was. */
export type Meaning = 'live' | 'wait' | 'soon' | 'stop' | 'idle';

type Shade = 'Text' | 'Fill' | 'Back' | 'Line';
type Extra = Record<`${Meaning}${Shade}` | 'soonIcon' | 'canvas' | 'sheet' | 'lane' | 'rail', string>;

/** Fluent's theme with our meanings. */
export type EphorTheme = Theme & Extra;

const shades = (meaning: Meaning, [text, fill, back, line]: readonly [string, string, string, string]) => ({
  [`${meaning}Text`]: text,
  [`${meaning}Fill`]: fill,
  [`${meaning}Back`]: back,
  [`${meaning}Line`]: line,
});

const light = {
  ...shades('live', ['#1D6F3A', '#2E8B50', '#E8F5EC', '#B5DDC2']),
  ...shades('wait', ['#5B3FA8', '#8267CF', '#F1EDFB', '#D2C6F0']),
  ...shades('soon', ['#875000', '#C87400', '#FFF4E0', '#F2CF94']),
  ...shades('stop', ['#A4262C', '#C93C43', '#FDEEEE', '#F1BFC1']),
  ...shades('idle', ['#5A636C', '#858F99', '#EEF1F3', '#D3D9DE']),
  soonIcon: '#B46A00',
  canvas: '#F3F5F6',
  sheet: '#FFFFFF',
  lane: '#F7F9FA',
  rail: '#87919A',
} as Extra;

const dark = {
  ...shades('live', ['#7BD39A', '#3FA364', '#15301F', '#2A5A3B']),
  ...shades('wait', ['#BCA8F5', '#8B72DB', '#272140', '#4A3F7A']),
  ...shades('soon', ['#F5BE63', '#D98A1C', '#33260F', '#6B4E19']),
  ...shades('stop', ['#FF9A9E', '#DC5A60', '#3A1D1F', '#70353A']),
  ...shades('idle', ['#A0AAB3', '#6B7680', '#262B30', '#3B434A']),
  soonIcon: '#E5A23C',
  canvas: '#111416',
  sheet: '#1A1E21',
  lane: '#1F2427',
  rail: '#87919A',
} as Extra;

const strong = {
  ...shades('live', ['#FFFFFF', '#1AEBFF', '#000000', '#FFFFFF']),
  ...shades('wait', ['#FFFFFF', '#FFFFFF', '#000000', '#FFFFFF']),
  ...shades('soon', ['#FFFF00', '#FFFF00', '#000000', '#FFFF00']),
  ...shades('stop', ['#FFFFFF', '#FFFFFF', '#000000', '#FFFFFF']),
  ...shades('idle', ['#FFFFFF', '#3FF23F', '#000000', '#FFFFFF']),
  soonIcon: '#FFFF00',
  canvas: '#000000',
  sheet: '#000000',
  lane: '#000000',
  rail: '#FFFFFF',
} as Extra;

const shared = {
  fontFamilyBase: "'Inter Variable', 'Segoe UI Variable', 'Segoe UI', system-ui, -apple-system, 'Hiragino Sans', 'Noto Sans CJK JP', 'Noto Sans JP', sans-serif",
  borderRadiusMedium: '6px',
  borderRadiusLarge: '8px',
  borderRadiusXLarge: '12px',
};

const lightBase = createLightTheme(petrol);
const darkBase = createDarkTheme(petrol);

/** The theme for each choice. */
export const themes: Record<'light' | 'dark' | 'contrast', EphorTheme> = {
  light: {
    ...lightBase,
    ...shared,
    colorNeutralForeground1: '#1B1F23',
    colorNeutralForeground1Hover: '#1B1F23',
    colorNeutralForeground1Pressed: '#1B1F23',
    colorNeutralForeground2: '#3B4249',
    colorNeutralForeground3: '#5A636C',
    colorNeutralForeground4: '#5A636C',
    colorNeutralStroke2: '#E1E5E8',
    colorNeutralStroke3: '#ECEFF1',
    colorNeutralBackground2: '#F7F9FA',
    colorNeutralBackground3: '#F3F5F6',
    colorBrandBackground2: '#E8F2F5',
    colorBrandForegroundLink: petrol[70],
    ...light,
  },
  dark: {
    ...darkBase,
    ...shared,
    colorNeutralForeground1: '#EEF1F3',
    colorNeutralForeground2: '#CBD2D8',
    colorNeutralForeground3: '#A0AAB3',
    colorNeutralForeground4: '#A0AAB3',
    colorNeutralStroke2: '#30363B',
    colorNeutralStroke3: '#272C30',
    colorNeutralBackground1: '#1A1E21',
    colorNeutralBackground1Hover: '#23282C',
    colorNeutralBackground1Pressed: '#15181B',
    colorNeutralBackground2: '#1F2427',
    colorNeutralBackground3: '#111416',
    colorBrandBackground: petrol[80],
    colorBrandBackgroundHover: petrol[90],
    colorBrandBackgroundPressed: petrol[60],
    colorBrandBackground2: '#0B2F39',
    colorBrandForeground1: petrol[120],
    colorBrandForeground2: petrol[130],
    colorBrandForegroundLink: petrol[120],
    colorBrandForegroundLinkHover: petrol[130],
    colorCompoundBrandForeground1: petrol[120],
    colorCompoundBrandStroke: petrol[110],
    ...dark,
  },
  contrast: { ...teamsHighContrastTheme, ...shared, ...strong },
};
