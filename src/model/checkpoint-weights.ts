// The tensors of model.safetensors, and those of the model. The file has one kind more: LlamaForCausalLM has a bias
// after the output matrix of attention, the model has none, so it is zero.
import type { Vocabulary } from '../domain/vocabulary.ts';
import { damaged, type Fault } from './checkpoint-fault.ts';
import type { ModelConfig } from './config.ts';
import { tensorShapes } from './layout.ts';
import type { NamedTensor, TensorFile } from './tensor-file.ts';

const OUTPUT_MATRIX = /\.o_proj\.weight$/;
const OUTPUT_BIAS = /\.o_proj\.bias$/;

/** Each output matrix is followed by its bias. */
export function withOutputBiases(weights: readonly NamedTensor[]): NamedTensor[] {
  return weights.flatMap((tensor) => {
    if (!OUTPUT_MATRIX.test(tensor.name)) return [tensor];
    const [out] = tensor.shape;
    const name = tensor.name.replace(/weight$/, 'bias');
    return [tensor, { name, shape: [out], values: new Float32Array(out) }];
  });
}

/**
 * The tensors of the model.
 * @param where the file, for errors
 * @param fault what a file with other tensors is refused with
 * @throws TracelabError for a tensor that is missing, strange or of another shape, for a number that is not finite, and
 * for an output bias that is not zero
 */
export function modelTensors(
  { tensors, metadata }: TensorFile,
  model: ModelConfig,
  vocabulary: Vocabulary,
  where: string,
  fault: Fault,
): TensorFile {
  const shapes = tensorShapes(model, vocabulary.length);
  const own = new Map<string, NamedTensor>();
  for (const { name, shape } of shapes) {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join()) throw wrongTensor(where, name, shape, tensor, fault);
    const at = tensor.values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw fault(where, `tensor ${name}, value ${at}`, 'a finite number', String(tensor.values[at]));
    own.set(name, tensor);
  }
  for (const { name, shape, values } of tensors.values()) {
    if (own.has(name)) continue;
    const matrix = own.get(name.replace(/bias$/, 'weight'));
    if (!OUTPUT_BIAS.test(name) || matrix === undefined)
      throw fault(where, 'has a tensor that the model has not', `${shapes.length} tensors`, name.slice(0, 80));
    if (shape.join() !== String(matrix.shape[0]))
      throw wrongTensor(where, name, [matrix.shape[0]], tensors.get(name), fault);
    const at = values.findIndex((value) => value !== 0);
    const what = `tensor ${name}, value ${at}: the model has no such bias`;
    if (at >= 0) throw fault(where, what, '0', String(values[at]));
  }
  return { tensors: own, metadata };
}

/** The error for a tensor that is missing or has another shape. */
export function wrongTensor(
  where: string,
  name: string,
  shape: readonly number[],
  got: NamedTensor | undefined,
  fault: Fault = damaged,
): Error {
  const found = got === undefined ? 'nothing' : `[${got.shape.join(', ')}]`;
  return fault(where, `tensor ${name}`, `shape [${shape.join(', ')}]`, found);
}
