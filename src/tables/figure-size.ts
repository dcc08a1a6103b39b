// Widths of figures in CSS pixels. A figure of a study has two drawings, so that its type has one size on a phone and
// on a desktop page.

/** On a phone of 390, and on paper where a figure shares its line. */
export const CHART_WIDTH = 348;

/** How much of the page's column a figure fills. */
export type Span = 'full' | 'wide' | 'half' | 'third';

/** Of the column of a desktop page of 1280. */
export const SPAN_WIDTHS: Readonly<Record<Span, number>> = { full: 988, wide: 596, half: 482, third: 314 };
