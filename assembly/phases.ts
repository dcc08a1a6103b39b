// The phases of both passes by number, so that a thread can tell another which one to help with.
import {
  attention_gradients, clear, embedding_gradient, logits_gradients, mlp_rows, mlp_weights, out_rows, qkv_rows,
  qkv_weights, spread_rows,
} from './backward';
import { attend, embed, finish_layer } from './forward';

export const EMBED = 0, ATTEND = 1, FINISH_LAYER = 2, LOGITS_GRADIENTS = 3, MLP_ROWS = 4, MLP_WEIGHTS = 5,
  OUT_ROWS = 6, SPREAD_ROWS = 7, ATTENTION_GRADIENTS = 8, QKV_ROWS = 9, QKV_WEIGHTS = 10, EMBEDDING_GRADIENT = 11,
  CLEAR = 12;

/**
 * Computes one task of a phase of the micro-batch that was set.
 * @param task from 0
 * @returns the number less the phase's tasks; a number beyond all tasks computes nothing
 */
export function run_task(phase: i32, layer: i32, task: i32): i32 {
  switch (phase) {
    case EMBED: return embed(task);
    case ATTEND: return attend(layer, task);
    case FINISH_LAYER: return finish_layer(layer, task);
    case LOGITS_GRADIENTS: return logits_gradients(task);
    case MLP_ROWS: return mlp_rows(layer, task);
    case MLP_WEIGHTS: return mlp_weights(layer, task);
    case OUT_ROWS: return out_rows(layer, task);
    case SPREAD_ROWS: return spread_rows(task);
    case ATTENTION_GRADIENTS: return attention_gradients(layer, task);
    case QKV_ROWS: return qkv_rows(layer, task);
    case QKV_WEIGHTS: return qkv_weights(layer, task);
    case EMBEDDING_GRADIENT: return embedding_gradient(task);
    case CLEAR: return clear(task);
    default: return unreachable();
  }
}
