"""PyTorch on the CPU: the decoder of tracelab (RMSNorm, RoPE, grouped-query attention, SwiGLU, tied embeddings) in f32
with AdamW and clipping, eager or compiled.

Lines of JSON in, one line of JSON out for each; the first line out, without a request, describes this PyTorch.
  {"data": "FILE.json", "shape": {...}, "recipe": {...}, "threads": n, "compile": bool, "fresh": bool, "steps": n}
  -> {"seconds": [each step], "losses": [each step, before its update], "parameters": n}
`data` names weights and token ids, so that both trainers do the same work. `fresh` begins again from these weights.
Threads of libraries, kernels and the allocator are set by the environment that bench/peers/pytorch.ts starts it with.
Debian: apt-get install python3-torch libopenblas0-pthread."""
import ctypes
import json
import math
import os
import sys
import time

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"missing": f"{error} (Debian: apt-get install python3-torch libopenblas0-pthread)"}), flush=True)
    sys.exit(0)

EPS = 1e-6


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        if hasattr(F, "rms_norm"):
            return F.rms_norm(x, self.weight.shape, self.weight, EPS)
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * self.weight


def rotary(length, size, base):
    frequency = 1 / base ** (torch.arange(0, size, 2).float() / size)
    angle = torch.arange(length).float()[:, None] * frequency[None]
    angle = torch.cat([angle, angle], -1)
    return angle.cos(), angle.sin()


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat([-x[..., half:], x[..., :half]], -1)


class Attention(nn.Module):
    def __init__(self, d, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, d // heads
        self.q_proj = nn.Linear(d, d)
        self.k_proj = nn.Linear(d, kv_heads * self.size)
        self.v_proj = nn.Linear(d, kv_heads * self.size)
        self.o_proj = nn.Linear(d, d, bias=False)

    def forward(self, x, cos, sin, mask):
        B, T, d = x.shape
        q = self.q_proj(x).view(B, T, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(x).view(B, T, self.kv_heads, self.size).transpose(1, 2)
        v = self.v_proj(x).view(B, T, self.kv_heads, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        if self.kv_heads != self.heads:
            k = k.repeat_interleave(self.heads // self.kv_heads, 1)
            v = v.repeat_interleave(self.heads // self.kv_heads, 1)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = ((q @ k.transpose(-2, -1)) / math.sqrt(self.size) + mask).softmax(-1) @ v
        return self.o_proj(y.transpose(1, 2).reshape(B, T, d))


class Mlp(nn.Module):
    def __init__(self, d, ff):
        super().__init__()
        self.gate_proj = nn.Linear(d, ff, bias=False)
        self.up_proj = nn.Linear(d, ff, bias=False)
        self.down_proj = nn.Linear(ff, d, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        d = shape["d_model"]
        self.input_layernorm, self.post_attention_layernorm = RMSNorm(d), RMSNorm(d)
        self.self_attn = Attention(d, shape["n_head"], shape["n_kv_head"])
        self.mlp = Mlp(d, shape["d_ff"])

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Its parameters have the names of tracelab's checkpoints, without the prefix `model.`."""

    def __init__(self, shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(shape["vocab"], shape["d_model"])
        self.layers = nn.ModuleList([Layer(shape) for _ in range(shape["n_layer"])])
        self.norm = RMSNorm(shape["d_model"])
        length = shape["sequence"]
        cos, sin = rotary(length, shape["d_model"] // shape["n_head"], shape["rope_base"])
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.register_buffer("mask", torch.full((length, length), -1e9).triu(1), persistent=False)

    def forward(self, tokens, targets):
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin, self.mask)
        logits = self.norm(x) @ self.embed_tokens.weight.t()
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def read_data(path):
    """Weights by name and token ids [sequences, tokens] of a manifest and the binary file that it names."""
    with open(path) as file:
        manifest = json.load(file)
    with open(os.path.join(os.path.dirname(path), manifest["file"]), "rb") as file:
        data = bytearray(file.read())

    def read(entry, dtype):
        count = math.prod(entry["shape"])
        return torch.frombuffer(data, dtype=dtype, count=count, offset=entry["offset"]).reshape(entry["shape"])

    weights = {entry["name"]: read(entry, torch.float32) for entry in manifest["tensors"]}
    return weights, read(manifest["ids"], torch.int32).long()


def adamw(model, recipe):
    """Weight decay on matrices alone, as tracelab has it; the fused update where this PyTorch has one for CPUs."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": recipe["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}]
    settings = {"lr": recipe["lr"], "betas": (recipe["beta1"], recipe["beta2"]), "eps": recipe["eps"]}
    try:
        return torch.optim.AdamW(groups, fused=True, **settings)
    except (TypeError, RuntimeError):
        return torch.optim.AdamW(groups, **settings)


class Trainer:
    def __init__(self, shape, recipe, data, compiled):
        weights, ids = read_data(data)
        self.model = Decoder(shape)
        named = dict(self.model.named_parameters())
        given = {name.removeprefix("model."): values for name, values in weights.items()}
        if named.keys() != given.keys():
            raise ValueError(f"parameters differ: {sorted(named.keys() ^ given.keys())}")
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(given[name])
        self.loss_of = torch.compile(self.model) if compiled else self.model
        self.optimizer = adamw(self.model, recipe)
        self.clip = recipe["grad_clip"]
        self.tokens, self.targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def step(self):
        started = time.perf_counter()
        loss = self.loss_of(self.tokens, self.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return time.perf_counter() - started, loss.item()


def openblas():
    """Configuration and chosen core of the OpenBLAS in this process; empty where it is another BLAS."""
    try:
        library = ctypes.CDLL("libopenblas.so.0", mode=os.RTLD_NOLOAD)
        library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
        return {"openblas": library.openblas_get_config().decode(), "core": library.openblas_get_corename().decode()}
    except (OSError, AttributeError):
        return {"openblas": "", "core": ""}


def capability(config):
    """Instruction set of PyTorch's own kernels."""
    if hasattr(torch.backends, "cpu"):
        return torch.backends.cpu.get_cpu_capability()
    lines = [line for line in config.splitlines() if "CPU capability usage:" in line]
    return lines[0].split(":")[1].strip() if lines else ""


def about():
    config = torch.__config__.show()
    return {
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "config": config,
        "mkl": torch.backends.mkl.is_available(),
        "mkldnn": torch.backends.mkldnn.is_available(),
        "capability": capability(config),
        "compile": hasattr(torch, "compile"),
        **openblas(),
    }


def main():
    torch.ones(2, 2) @ torch.ones(2, 2)  # loads the BLAS
    print(json.dumps(about()), flush=True)
    trainers = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            torch.set_num_threads(request["threads"])
            key = json.dumps([request["data"], request["compile"]])
            if request["fresh"] or key not in trainers:
                trainers[key] = Trainer(request["shape"], request["recipe"], request["data"], request["compile"])
            trainer = trainers[key]
            for _ in range(request["warm_up"]):
                trainer.step()
            steps = [trainer.step() for _ in range(request["steps"])]
            answer = {
                "seconds": [seconds for seconds, _ in steps],
                "losses": [loss for _, loss in steps],
                "parameters": trainer.parameters,
            }
        except Exception as error:  # any failure belongs to the answer: the caller skips this peer
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[-1] if str(error) else ''}"}
        print(json.dumps(answer), flush=True)


main()
