// The loops of rows.hpp for one instruction set: compiled several times, with BTX_ISA naming the
// namespace. Nothing but plain loops, so that the compiler can vectorise them; no header that
// defines shared inline functions may be included here.
#include "cpu/isa_attention.hpp"
#include "cpu/isa_math.hpp"
#include "cpu/isa_multiply.hpp"
#include "cpu/isa_optimizer.hpp"
#include "cpu/rows.hpp"

#include <cmath>
#include <cstring>

namespace btx::cpu::BTX_ISA {
namespace {

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
