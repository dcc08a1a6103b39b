#!/usr/bin/env python3
"""Checks that transformers 5 reads a checkpoint folder of tracelab as tracelab does.

    python3 scripts/check-transformers.py FOLDER COMPLETIONS.jsonl... OUT [--mazes 200]

FOLDER is runs/NAME/checkpoints/step-N. COMPLETIONS.jsonl are the completions-*.jsonl that `tracelab evaluate` wrote for
that checkpoint, greedy. The saved-again folders go below OUT. Needs torch 2 and transformers 5; runs on the CPU in f32.
Prints one line a check; the exit code is 1 if any of them fails.
"""

import argparse
import json
import os
import sys
import warnings
from collections import defaultdict
from itertools import islice
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline  # noqa: E402

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
# Completions a call: of one length of prompt, so that nothing is padded.
BATCH = 64
# Completions that the slower checks take.
FEW = 24

failed = []


def check(name, faults, total, detail=""):
    """Prints one line: a check passes if nothing of `total` is at fault."""
    ok = not faults
    if not ok:
        failed.append(name)
    line = f"{'ok  ' if ok else 'FAIL'} {name}: {total - len(faults)} of {total}{detail}"
    print(line if ok else f"{line}; first: {faults[0]}", flush=True)


def read_rows(paths, limit):
    rows = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            rows += [json.loads(line) for line in islice(lines, limit)]
    return rows


def true_ids(folder):
    """Ids of words as the core of tracelab has them: tokenizer.json read as plain JSON."""
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    return lambda text: [vocabulary[word] for word in text.split()], vocabulary


def check_tokenizer(name, tokenizer, rows, encode, vocabulary):
    bos = vocabulary["<bos>"]
    encoded, decoded, whole = [], [], []
    for row in rows:
        prompt, text = row["prompt"], f"{row['prompt']} {row['completion']}".strip()
        expected = encode(text)
        got = tokenizer(text)["input_ids"]
        if got != [bos, *expected]:
            encoded.append(f"{text[:40]!r}: expected {[bos, *expected][:8]}, got {got[:8]}")
        back = tokenizer.decode(expected)
        if back != text:
            decoded.append(f"expected {text[:60]!r}, got {back[:60]!r}")
        back = tokenizer.decode(tokenizer(prompt)["input_ids"], skip_special_tokens=True)
        if back != prompt:
            whole.append(f"expected {prompt[:60]!r}, got {back[:60]!r}")
    check(f"{name}, encode: <bos> and the ids of the words", encoded, len(rows))
    check(f"{name}, decode: the words joined by blanks", decoded, len(rows))
    check(f"{name}, decode without special words: the prompt", whole, len(rows))
    special = {
        "bos": (tokenizer.bos_token_id, vocabulary["<bos>"]),
        "eos": (tokenizer.eos_token_id, vocabulary["<eos>"]),
        "pad": (tokenizer.pad_token_id, vocabulary["<pad>"]),
        "unk": (tokenizer.unk_token_id, vocabulary["<unk>"]),
        "words": (len(tokenizer), len(vocabulary)),
    }
    wrong = [f"{key}: expected {expected}, got {got}" for key, (got, expected) in special.items() if got != expected]
    check(f"{name}, special ids and size", wrong, len(special), f" ({type(tokenizer).__name__})")


def fault_of(row, text, model=None, encode=None, prompt_ids=None):
    """None if a completion is ours; a truncated one of ours is the beginning of theirs."""
    expected, got = row["completion"].split(), text.split()
    if row.get("truncated"):
        got = got[: len(expected)]
    if got == expected:
        return None
    at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
    margin = ""
    if model is not None:
        with torch.no_grad():
            ids = torch.tensor([[*prompt_ids, *encode(" ".join(expected[:at]))]])
            first, second = model(ids).logits[0, -1].float().topk(2).values.tolist()
        margin = f", logits {first:.5f} and {second:.5f}"
    words = lambda those: " ".join(those[at : at + 4]) or "(end)"  # noqa: E731
    return f"{row.get('id')}: word {at}: expected {words(expected)!r}, got {words(got)!r}{margin}"


def complete(model, tokenizer, rows, **kwargs):
    """Greedy completions in the order of the rows, as text without special words."""
    by_length = defaultdict(list)
    for i, row in enumerate(rows):
        ids = tokenizer(row["prompt"])["input_ids"]
        by_length[len(ids)].append((i, ids))
    texts = [None] * len(rows)
    for length, group in by_length.items():
        for start in range(0, len(group), BATCH):
            part = group[start : start + BATCH]
            ids = torch.tensor([ids for _, ids in part])
            with torch.no_grad():
                made = model.generate(ids, attention_mask=torch.ones_like(ids), **kwargs)
            for (i, _), row in zip(part, made[:, length:].tolist()):
                texts[i] = tokenizer.decode(row, skip_special_tokens=True)
    return texts


def check_completions(name, model, tokenizer, rows, encode):
    by_source = defaultdict(list)
    for row, text in zip(rows, complete(model, tokenizer, rows)):
        fault = fault_of(row, text, model, encode, tokenizer(row["prompt"])["input_ids"])
        by_source[row.get("generator", "all")].append(fault)
    for source, faults in by_source.items():
        check(f"{name}, greedy completions of {source}", [f for f in faults if f], len(faults))


def check_usual_calls(model, tokenizer, rows):
    """As model cards write it: everything that the tokenizer returns goes into generate(), one prompt or a batch."""
    faults = []
    for row in rows[:4]:
        text = tokenizer.decode(model.generate(**tokenizer(row["prompt"], return_tensors="pt"))[0])
        words = text.split()
        whole = f"<bos> {row['prompt']} {row['completion']}".split()
        if words[: len(whole)] != whole:
            faults.append(f"got {text[-60:]!r}")
    check("generate(**tokenizer(prompt))", faults, 4)
    batch = tokenizer([row["prompt"] for row in rows], return_tensors="pt", padding=True)
    made = model.generate(**batch)[:, batch["input_ids"].shape[1] :]
    texts = tokenizer.batch_decode(made, skip_special_tokens=True)
    faults = [fault_of(row, text) for row, text in zip(rows, texts)]
    check("generate(**tokenizer(prompts, padding=True))", [f for f in faults if f], len(rows))


def check_pipeline(folder, rows):
    made = pipeline("text-generation", model=str(folder), device="cpu", dtype=torch.float32)
    for name, kwargs in {"pipeline": {}, "pipeline, padded batches": {"batch_size": 8}}.items():
        outputs = made([row["prompt"] for row in rows], return_full_text=False, **kwargs)
        faults = [fault_of(row, out[0]["generated_text"]) for row, out in zip(rows, outputs)]
        check(name, [f for f in faults if f], len(rows))
    # The pipeline sets the completion directly behind the prompt.
    outputs = made([row["prompt"] + " " for row in rows])
    faults = [
        fault_of({**row, "completion": f"{row['prompt']} {row['completion']}"}, out[0]["generated_text"])
        for row, out in zip(rows, outputs)
    ]
    check("pipeline, full text of prompts that end in a blank", [f for f in faults if f], len(rows))


def check_loading(folder):
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    keys = ["missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"]
    wrong = [f"{key}: {info[key]}" for key in keys if info.get(key)]
    check("every tensor of the file is one of the model's and the other way round", wrong, len(keys))
    config = json.loads((folder / "config.json").read_text())
    seen = {
        "class": (type(model).__name__, config["architectures"][0]),
        "dtype": (model.dtype, torch.float32),
        "tied": (model.lm_head.weight.data_ptr(), model.model.embed_tokens.weight.data_ptr()),
        "rope_theta": (rope_theta(model.config), config["rope_theta"]),
        "eps": (model.model.norm.variance_epsilon, config["rms_norm_eps"]),
        "max_length": (model.generation_config.max_length, config["max_position_embeddings"]),
        "head_dim": (model.model.layers[0].self_attn.head_dim, config["head_dim"]),
    }
    wrong = [f"{key}: expected {expected}, got {got}" for key, (got, expected) in seen.items() if got != expected]
    check("configuration", wrong, len(seen))
    return model.eval()


def rope_theta(config):
    parameters = getattr(config, "rope_parameters", None) or {}
    return parameters.get("rope_theta", getattr(config, "rope_theta", None))


def check_trainer(folder, model, tokenizer, rows):
    """A loss with labels, as a trainer of prompts with completions takes it, is finite and has a gradient."""
    ids = torch.tensor([tokenizer(f"{rows[0]['prompt']} {rows[0]['completion']}{tokenizer.eos_token}")["input_ids"]])
    loss = model(ids, labels=ids).loss
    loss.backward()
    gradient = model.model.embed_tokens.weight.grad
    model.zero_grad()
    ok = bool(torch.isfinite(loss)) and bool(gradient.abs().sum() > 0) and ids[0, -1].item() == tokenizer.eos_token_id
    check("loss and gradient of a row with <eos> at its end", [] if ok else [f"loss {loss.item()}"], 1)
    try:
        from trl import SFTConfig, SFTTrainer
        from datasets import Dataset
    except ImportError as missing:
        print(f"none TRL: {missing}", flush=True)
        return
    data = Dataset.from_list([{"prompt": row["prompt"] + " ", "completion": row["completion"]} for row in rows])
    config = SFTConfig(output_dir=str(folder / "trl"), max_steps=2, report_to="none", use_cpu=True, save_strategy="no")
    trainer = SFTTrainer(model=model, args=config, train_dataset=data, processing_class=tokenizer)
    row = trainer.train_dataset[0]["input_ids"]
    expected = [*tokenizer(f"{rows[0]['prompt']} {rows[0]['completion']}")["input_ids"], tokenizer.eos_token_id]
    check("TRL's SFTTrainer encodes a row as we do", [] if row == expected else [f"{row[:6]} ... {row[-4:]}"], 1)
    result = trainer.train()
    check("TRL's SFTTrainer takes two steps", [] if result.global_step == 2 else [result], 1)


def check_saved_again(folder, out, rows, encode, vocabulary):
    for name, dtype in DTYPES.items():
        target = out / f"saved-{name}"
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
        kept = json.loads((target / "config.json").read_text()).get("tracelab")
        origin = json.loads((folder / "config.json").read_text())["tracelab"]
        check(f"saved again as {name}, origin of the model", [] if kept == origin else [f"got {kept}"], 1)
        again = AutoTokenizer.from_pretrained(target)
        check_tokenizer(f"saved again as {name}", again, rows[:FEW], encode, vocabulary)
        # tracelab converts to f32, too.
        model = AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32).eval()
        texts = complete(model, again, rows)
        if name == "f32":
            faults = [fault_of(row, text) for row, text in zip(rows, texts)]
            check(f"saved again as {name}, greedy completions", [f for f in faults if f], len(rows))
        # Weights of 16 bits are another model: `tracelab evaluate` of the saved folder has to write these completions.
        with open(out / f"completions-{name}.jsonl", "w", encoding="utf-8") as lines:
            for row, text in zip(rows, texts):
                written = {key: row[key] for key in ("id", "generator", "size", "prompt") if key in row}
                lines.write(json.dumps({**written, "completion": text}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="checkpoint folder")
    parser.add_argument("completions", type=Path, nargs="+", help="completions-*.jsonl of `tracelab evaluate`, greedy")
    parser.add_argument("out", type=Path, help="folder for what is saved again")
    parser.add_argument("--mazes", type=int, default=200, help="rows of each file (default: 200)")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    given.out.mkdir(parents=True, exist_ok=True)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}", flush=True)
    rows = read_rows(given.completions, given.mazes)
    encode, vocabulary = true_ids(given.folder)
    tokenizer = AutoTokenizer.from_pretrained(given.folder)
    check_tokenizer("AutoTokenizer", tokenizer, rows, encode, vocabulary)
    model = check_loading(given.folder)
    check_completions("AutoModelForCausalLM", model, tokenizer, rows, encode)
    few = rows[:FEW] + rows[-FEW:]
    check_usual_calls(model, tokenizer, few)
    check_pipeline(given.folder, few)
    check_saved_again(given.folder, given.out, rows, encode, vocabulary)
    check_trainer(given.out, model, tokenizer, few)
    print(f"{len(failed)} checks failed" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
