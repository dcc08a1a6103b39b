// The names of the forms in which datasets are written. `jsonl` is the one that tracelab itself reads.

export type DataFormat = 'jsonl' | 'text' | 'searchformer' | 'ascii' | 'parquet';
export type OtherFormat = Exclude<DataFormat, 'jsonl'>;
