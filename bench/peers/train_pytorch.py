"""PyTorch on the CPU: the same decoder (RMSNorm, RoPE, grouped-query attention, SwiGLU, tied embeddings) in f32, eager, AdamW, clipping at 1.
A line of JSON in, {"shape": {...}, "batch": sequences, "steps": n, "threads": n}; a line out, {"seconds": best step, "parameters": n, "loss": x}.
Debian: apt-get install python3-torch libopenblas0-pthread. Threads and allocator are set by the environment that peers.ts starts it with."""
import ctypes
import json
import math
import sys
import time

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    print(json.dumps({"missing": f"{error} (Debian: apt-get install python3-torch libopenblas0-pthread)"}), flush=True)
    sys.exit(0)


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


def rotary(length, size, base=10000.0):
    frequency = 1 / base ** (torch.arange(0, size, 2).float() / size)
    angle = torch.arange(length).float()[:, None] * frequency[None]
    angle = torch.cat([angle, angle], -1)
    return angle.cos(), angle.sin()


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat([-x[..., half:], x[..., :half]], -1)


class Block(nn.Module):
    def __init__(self, d, heads, kv_heads, ff):
        super().__init__()
        self.heads, self.kv_heads, self.size = heads, kv_heads, d // heads
        self.norm1, self.norm2 = RMSNorm(d), RMSNorm(d)
        self.q = nn.Linear(d, d)
        self.k = nn.Linear(d, kv_heads * self.size)
        self.v = nn.Linear(d, kv_heads * self.size)
        self.o = nn.Linear(d, d, bias=False)
        self.gate = nn.Linear(d, ff, bias=False)
        self.up = nn.Linear(d, ff, bias=False)
        self.down = nn.Linear(ff, d, bias=False)

    def forward(self, x, cos, sin, mask):
        B, T, d = x.shape
        h = self.norm1(x)
        q = self.q(h).view(B, T, self.heads, self.size).transpose(1, 2)
        k = self.k(h).view(B, T, self.kv_heads, self.size).transpose(1, 2)
        v = self.v(h).view(B, T, self.kv_heads, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        if self.kv_heads != self.heads:
            k = k.repeat_interleave(self.heads // self.kv_heads, 1)
            v = v.repeat_interleave(self.heads // self.kv_heads, 1)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = ((q @ k.transpose(-2, -1)) / math.sqrt(self.size) + mask).softmax(-1) @ v
        x = x + self.o(y.transpose(1, 2).reshape(B, T, d))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, vocab, d, layers, heads, kv_heads, ff, length):
        super().__init__()
        self.embedding = nn.Embedding(vocab, d)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.blocks = nn.ModuleList([Block(d, heads, kv_heads, ff) for _ in range(layers)])
        self.norm = RMSNorm(d)
        cos, sin = rotary(length, d // heads)
        self.register_buffer("cos", cos)
        self.register_buffer("sin", sin)
        self.register_buffer("mask", torch.full((length, length), -1e9).triu(1))

    def forward(self, tokens, targets):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cos, self.sin, self.mask)
        logits = self.norm(x) @ self.embedding.weight.t()
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


class Trainer:
    def __init__(self, shape, batch):
        torch.manual_seed(0)
        self.model = Model(shape["vocab"], shape["d_model"], shape["n_layer"], shape["n_head"], shape["n_kv_head"], shape["d_ff"], shape["sequence"])
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.tokens = torch.randint(0, shape["vocab"], (batch, shape["sequence"]))
        self.targets = torch.randint(0, shape["vocab"], (batch, shape["sequence"]))
        self.parameters = sum(p.numel() for p in self.model.parameters())

    def step(self):
        started = time.perf_counter()
        loss = self.model(self.tokens, self.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return time.perf_counter() - started, loss.item()


def openblas():
    """Configuration and chosen core of the OpenBLAS in this process; empty where it is another BLAS."""
    try:
        library = ctypes.CDLL("libopenblas.so.0")
        library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
        return {"openblas": library.openblas_get_config().decode(), "core": library.openblas_get_corename().decode()}
    except (OSError, AttributeError):
        return {"openblas": "", "core": ""}


def main():
    print(json.dumps({"torch": torch.__version__, **openblas()}), flush=True)
    trainer, trained = None, None
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        key = json.dumps([request["shape"], request["batch"]])
        if key != trained:
            trainer, trained = None, None
            trainer, trained = Trainer(request["shape"], request["batch"]), key
            trainer.step()
        steps = [trainer.step() for _ in range(request["steps"])]
        print(json.dumps({"seconds": min(seconds for seconds, _ in steps), "loss": steps[-1][1], "parameters": trainer.parameters}), flush=True)


main()
