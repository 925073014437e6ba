// The loops of rows.hpp for one instruction set: compiled several times, with BTX_ISA naming the
// namespace. Nothing but plain loops, so that the compiler can vectorise them; no header that
// defines shared inline functions may be included here.
#include "kernels/cpu/rows.hpp"

#include <cmath>
#include <cstring>

namespace btx::cpu::BTX_ISA {
namespace {

#define BTX_INLINE inline __attribute__((always_inline))

BTX_INLINE float bits_to_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
BTX_INLINE std::uint32_t float_to_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

BTX_INLINE float widen(float x) {
  return x;
}
BTX_INLINE float widen(Bf16 x) {
  return bits_to_float(static_cast<std::uint32_t>(x) << 16);
}

template <class T>
BTX_INLINE T narrow(float x);
template <>
BTX_INLINE float narrow<float>(float x) {
  return x;
}
template <>
BTX_INLINE Bf16 narrow<Bf16>(float x) {  // to nearest, ties to even; NaN stays NaN
  const std::uint32_t bits = float_to_bits(x);
  const std::uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  return static_cast<Bf16>(x != x ? 0x7FC0 : rounded);
}

// exp in float32 to 2 ulp, without branches: 2^k * p(r), |r| <= ln2/2. Clamped to +-87.
BTX_INLINE float exp_approx(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 87.0F ? 87.0F : x;
  const float magic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504F + magic;
  const float k = shifted - magic;
  float r = x - k * 0.693359375F;
  r -= k * -2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * bits_to_float((float_to_bits(shifted) - float_to_bits(magic) + 127U) << 23);
}

BTX_INLINE float sigmoid(float x) {
  return 1.0F / (1.0F + exp_approx(-x));
}

template <class T>
void rms_norm(const T* x, const float* w, T* y, float* rstd, std::int64_t rows, std::int64_t width,
              float eps) {
  for (std::int64_t r = 0; r < rows; ++r, x += width, y += width) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) sum += widen(x[i]) * widen(x[i]);
    const float scale = 1.0F / std::sqrt(sum / static_cast<float>(width) + eps);
    rstd[r] = scale;
    for (std::int64_t i = 0; i < width; ++i) y[i] = narrow<T>(widen(x[i]) * scale * w[i]);
  }
}

template <class T>
void rms_norm_backward(const T* x, const float* w, const float* rstd, const T* dy, T* dx, float* dw,
                       std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, x += width, dy += width, dx += width) {
    const float scale = rstd[r];
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (std::int64_t i = 0; i < width; ++i) {
      const float g = widen(dy[i]);
      const float normed = widen(x[i]) * scale;
      dw[i] += g * normed;
      dot += g * w[i] * normed;
    }
    dot /= static_cast<float>(width);
    for (std::int64_t i = 0; i < width; ++i) {
      dx[i] = narrow<T>(scale * (widen(dy[i]) * w[i] - widen(x[i]) * scale * dot));
    }
  }
}

template <class T>
void swiglu(const T* x, T* y, std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, x += 2 * width, y += width) {
    const T* b = x + width;
    for (std::int64_t i = 0; i < width; ++i) {
      const float a = widen(x[i]);
      y[i] = narrow<T>(a * sigmoid(a) * widen(b[i]));
    }
  }
}

template <class T>
void swiglu_backward(const T* x, const T* dy, const float* weights, T* dx, float* dweights,
                     T* y_out, std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, x += 2 * width, dx += 2 * width, dy += width) {
    const T* b = x + width;
    T* db = dx + width;
    const float weight = weights == nullptr ? 1.0F : weights[r];
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (std::int64_t i = 0; i < width; ++i) {
      const float a = widen(x[i]);
      const float s = sigmoid(a);
      const float g = widen(dy[i]);
      const float gated = a * s;
      const float other = widen(b[i]);
      dot += g * gated * other;
      dx[i] = narrow<T>(weight * g * other * (s + gated * (1.0F - s)));
      db[i] = narrow<T>(weight * g * gated);
    }
    if (weights == nullptr) continue;
    dweights[r] = dot;
    for (std::int64_t i = 0; i < width; ++i) {
      const float a = widen(x[i]);
      y_out[i] = narrow<T>(weight * a * sigmoid(a) * widen(b[i]));
    }
    y_out += width;
  }
}

template <class T>
void load_rotated(const T* x, std::int64_t stride, const float* cosine, const float* sine, float* y,
                  std::int64_t rows, std::int64_t width) {
  const std::int64_t half = width / 2;
  for (std::int64_t r = 0; r < rows; ++r, x += stride, y += width) {
    if (cosine == nullptr) {
      for (std::int64_t i = 0; i < width; ++i) y[i] = widen(x[i]);
      continue;
    }
    const float* c = cosine + r * half;
    const float* s = sine + r * half;
    for (std::int64_t i = 0; i < half; ++i) {
      const float low = widen(x[i]);
      const float high = widen(x[half + i]);
      y[i] = low * c[i] - high * s[i];
      y[half + i] = high * c[i] + low * s[i];
    }
  }
}

template <class T>
void store_rotated(const float* x, const float* cosine, const float* sine, T* y,
                   std::int64_t stride, std::int64_t rows, std::int64_t width) {
  const std::int64_t half = width / 2;
  for (std::int64_t r = 0; r < rows; ++r, x += width, y += stride) {
    if (cosine == nullptr) {
      for (std::int64_t i = 0; i < width; ++i) y[i] = narrow<T>(x[i]);
      continue;
    }
    const float* c = cosine + r * half;
    const float* s = sine + r * half;
    for (std::int64_t i = 0; i < half; ++i) {
      y[i] = narrow<T>(x[i] * c[i] + x[half + i] * s[i]);
      y[half + i] = narrow<T>(x[half + i] * c[i] - x[i] * s[i]);
    }
  }
}

void softmax(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first, std::int64_t ld,
             float scale, float* lse) {
  for (std::int64_t r = 0; r < rows; ++r, s += ld) {
    const std::int64_t seen = first + r + 1;
    float top = s[0];
#pragma omp simd reduction(max : top)
    for (std::int64_t i = 0; i < seen; ++i) top = s[i] > top ? s[i] : top;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < seen; ++i) {
      s[i] = exp_approx((s[i] - top) * scale);
      sum += s[i];
    }
    const float inverse = 1.0F / sum;
    for (std::int64_t i = 0; i < seen; ++i) s[i] *= inverse;
    for (std::int64_t i = seen; i < keys; ++i) s[i] = 0;
    lse[r] = std::log(sum) + top * scale;
  }
}

void probabilities(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first,
                   std::int64_t ld, float scale, const float* lse) {
  for (std::int64_t r = 0; r < rows; ++r, s += ld) {
    const std::int64_t seen = first + r + 1;
    const float shift = lse[r];
    for (std::int64_t i = 0; i < seen; ++i) s[i] = exp_approx(s[i] * scale - shift);
    for (std::int64_t i = seen; i < keys; ++i) s[i] = 0;
  }
}

void softmax_backward(const float* p, float* dp, const float* delta, std::int64_t rows,
                      std::int64_t keys, std::int64_t ld, float scale) {
  for (std::int64_t r = 0; r < rows; ++r, p += ld, dp += ld) {
    const float mean = delta[r];
    for (std::int64_t i = 0; i < keys; ++i) dp[i] = scale * p[i] * (dp[i] - mean);
  }
}

void dot_rows(const float* a, const float* b, float* out, std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, a += width, b += width) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) sum += a[i] * b[i];
    out[r] = sum;
  }
}

void transpose(const float* in, std::int64_t ld_in, float* out, std::int64_t ld_out,
               std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 16;
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    const std::int64_t r1 = r0 + kTile < rows ? r0 + kTile : rows;
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t r = r0; r < r1; ++r) out[c * ld_out + r] = in[r * ld_in + c];
    }
  }
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
              const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  for (std::int64_t i = 0; i < m; ++i) {
    float* out = c + i * ldc;
    if (!add) {
      for (std::int64_t j = 0; j < n; ++j) out[j] = 0;
    }
    for (std::int64_t l = 0; l < k; ++l) {
      const float x = a[i * lda + l];
      const float* row = b + l * ldb;
      for (std::int64_t j = 0; j < n; ++j) out[j] += x * row[j];
    }
  }
}

template <class T>
void cross_entropy(T* logits, const std::int64_t* targets, float* loss, std::int64_t rows,
                   std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, logits += width) {
    const std::int64_t target = targets[r];
    if (target < 0) {
      loss[r] = 0;
      std::memset(logits, 0, static_cast<std::size_t>(width) * sizeof(T));
      continue;
    }
    float top = widen(logits[0]);
#pragma omp simd reduction(max : top)
    for (std::int64_t i = 1; i < width; ++i) {
      const float v = widen(logits[i]);
      top = v > top ? v : top;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) sum += exp_approx(widen(logits[i]) - top);
    loss[r] = std::log(sum) + top - widen(logits[target]);
    const float scale = 1.0F / sum;
    for (std::int64_t i = 0; i < width; ++i) {
      logits[i] = narrow<T>(exp_approx(widen(logits[i]) - top) * scale);
    }
    logits[target] = narrow<T>(widen(logits[target]) - 1.0F);
  }
}

template <class T>
BTX_INLINE void add_scaled(const T* x, float scale, float* sum, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) sum[i] += scale * widen(x[i]);
}

template <class T>
void combine(const T* x, const std::int64_t* source, const float* scale, T* y, std::int64_t rows,
             std::int64_t slots, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, y += width, source += slots) {
    constexpr std::int64_t kBlock = 256;
    float sum[kBlock];
    for (std::int64_t begin = 0; begin < width; begin += kBlock) {
      const std::int64_t count = width - begin < kBlock ? width - begin : kBlock;
      for (std::int64_t i = 0; i < count; ++i) sum[i] = 0;
      for (std::int64_t k = 0; k < slots; ++k) {
        if (source[k] < 0) continue;
        const float weight = scale == nullptr ? 1.0F : scale[r * slots + k];
        add_scaled(x + source[k] * width + begin, weight, sum, count);
      }
      for (std::int64_t i = 0; i < count; ++i) y[begin + i] = narrow<T>(sum[i]);
    }
  }
}

void adamw_piece(float* w, const float* gradient, float* m, float* v, std::int64_t n,
                 const AdamWStep& s) {
  const float decay = 1.0F - s.lr * s.weight_decay;
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i] * s.gradient_scale;
    m[i] = s.beta1 * m[i] + (1.0F - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1.0F - s.beta2) * g * g;
    const float denominator = std::sqrt(v[i] / s.correction2) + s.epsilon;
    w[i] = w[i] * decay - s.lr * (m[i] / s.correction1) / denominator;
  }
}

/// A piece is in the cache when it is narrowed, so that the loop over the floats stays simple.
void adamw(float* w, const float* gradient, float* m, float* v, Bf16* copy, std::int64_t n,
           const AdamWStep& s) {
  constexpr std::int64_t kPiece = 1024;
  for (std::int64_t begin = 0; begin < n; begin += kPiece) {
    const std::int64_t count = n - begin < kPiece ? n - begin : kPiece;
    adamw_piece(w + begin, gradient + begin, m + begin, v + begin, count, s);
    for (std::int64_t i = begin; copy != nullptr && i < begin + count; ++i) {
      copy[i] = narrow<Bf16>(w[i]);
    }
  }
}

double sum_of_squares(const float* x, std::int64_t n) {
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += 1024) {
    const std::int64_t end = begin + 1024 < n ? begin + 1024 : n;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = begin; i < end; ++i) sum += x[i] * x[i];
    total += sum;
  }
  return total;
}

template <class T>
RowKernels<T> rows() {
  return {rms_norm<T>,     rms_norm_backward<T>, swiglu<T>,        swiglu_backward<T>,
          load_rotated<T>, store_rotated<T>,     cross_entropy<T>, combine<T>};
}

}  // namespace

Kernels make() {
  return {rows<float>(),
          rows<Bf16>(),
          {softmax, probabilities, softmax_backward, dot_rows, transpose, multiply},
          BTX_BRGEMM,
          adamw,
          sum_of_squares};
}

}  // namespace btx::cpu::BTX_ISA
