// The phase diagram of a report: heat maps, then the numbers of every square and training run.
import type { PhaseResult } from '../study/results.ts';
import { html } from '../render/markup.ts';
import type { Html } from '../render/markup.ts';
import { phaseFigures } from '../tables/phase-figures.ts';
import { hasLayers } from '../tables/phase.ts';
import { UNDERTRAINED_MARK } from '../tables/run-names.ts';
import { figuresHtml } from './charts.ts';

/** @param problems of the domain, in the plural */
export async function phaseBody(phase: PhaseResult, problems: string): Promise<Html> {
  return html`<p>The same recipe at other sizes and with other numbers of ${hasLayers(phase.runs) ? 'layers and of ' : ''}training tokens. Each square compares a model trained with traces and a model trained without, both with the same number of training tokens, on the same ${problems}. The model without traces therefore sees each example more often. Above 0 traces pay. ${UNDERTRAINED_MARK} marks a square in which a model is undertrained: such a square shows how far its tokens reach, not what traces are worth to a trained model.</p>
${await figuresHtml(phaseFigures(phase, problems))}`;
}
