// The names of the forms in which datasets are written. `jsonl` is the one that tracelab itself reads.

export const DATA_FORMATS = ['jsonl', 'text', 'searchformer', 'ascii', 'parquet'] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];
export type OtherFormat = Exclude<DataFormat, 'jsonl'>;
