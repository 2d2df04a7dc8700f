/** What all drawings have: SVG with a title, and colours for light and dark. */

/** Told apart by people who see few colours too; whoever needs more begins again. */
export const COLOURS = [
  { light: '#0b62a4', dark: '#63b3f4' },
  { light: '#c2410c', dark: '#fb9a5b' },
  { light: '#15803d', dark: '#5fd38a' },
  { light: '#7e3fa8', dark: '#cf9bf2' },
] as const

/** The n-th of {@link COLOURS} is that of the class `cn`. */
export function drawing(
  title: string,
  { width, height }: { readonly width: number; readonly height: number },
  parts: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(title)}</title>
<style>${style()}</style>
<rect class="ground" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`
}

function style(): string {
  const lines = (theme: 'light' | 'dark') =>
    COLOURS.map((colour, at) => `.c${at}{--c:${colour[theme]}}`).join('')
  return [
    'text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-weight:600;font-size:13px}',
    '.grid{stroke:var(--grid)}.ground{fill:var(--ground)}',
    '.curve{fill:none;stroke:var(--c);stroke-width:1.8}.key{fill:var(--c)}',
    '.point{fill:var(--ground);stroke:var(--c);stroke-width:1.5}',
    `svg{--ink:#1f2328;--grid:#d8dde3;--ground:#ffffff}${lines('light')}`,
    `@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--grid:#343b44;--ground:#0d1117}${lines('dark')}}`,
  ].join('')
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
