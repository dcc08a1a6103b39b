/** Width of every figure in CSS pixels: one column on a phone of 390, three on a desktop page. */
export const CHART_WIDTH = 348;
