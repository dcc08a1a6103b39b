"""OpenBLAS sgemm on one thread, called directly. A line of JSON in, {"orientation": "NN", "M": m, "N": n, "K": k, "seconds": s}; a line out,
{"seconds": best call, "worst": largest difference of some entries from sums in f64}. Debian: apt-get install libopenblas0-pthread.
OPENBLAS_CORETYPE in the environment forces the kernels of another CPU, for example Haswell (AVX2) where AVX-512 would be chosen."""
import array
import ctypes
import json
import sys
import time

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112


def floats(n, step, period):
    """n numbers in [-1, 1], none of them random."""
    pattern = [((i * step) % period) / (period // 2) - 1 for i in range(period)]
    return array.array("f", (pattern * (n // period + 1))[:n])


def address(values):
    return ctypes.c_void_p(values.buffer_info()[0])


def measure(sgemm, orientation, M, N, K, seconds):
    a, b, c = floats(M * K, 37, 1009), floats(N * K, 53, 997), array.array("f", bytes(4 * M * N))
    ta, tb = orientation[0] == "T", orientation[1] == "T"
    lda, ldb = (M if ta else K), (K if tb else N)

    def call():
        sgemm(ROW_MAJOR, TRANSPOSED if ta else PLAIN, TRANSPOSED if tb else PLAIN, M, N, K, ctypes.c_float(1), address(a), lda, address(b), ldb, ctypes.c_float(0), address(c), N)

    call()
    worst = 0.0
    for entry in range(0, M * N, M * N // 97):
        i, j = divmod(entry, N)
        expected = sum(a[p * M + i if ta else i * K + p] * b[j * K + p if tb else p * N + j] for p in range(K))
        worst = max(worst, abs(c[entry] - expected))
    best, ends = 1e9, time.perf_counter() + seconds
    while True:
        started = time.perf_counter()
        call()
        now = time.perf_counter()
        best = min(best, now - started)
        if now > ends:
            return {"seconds": best, "worst": worst}


def main():
    try:
        library = ctypes.CDLL("libopenblas.so.0")
    except OSError as error:
        print(json.dumps({"missing": f"{error} (Debian: apt-get install libopenblas0-pthread)"}), flush=True)
        return
    library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
    library.openblas_set_num_threads(1)
    print(json.dumps({"openblas": library.openblas_get_config().decode(), "core": library.openblas_get_corename().decode()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(measure(library.cblas_sgemm, **request)), flush=True)


main()
