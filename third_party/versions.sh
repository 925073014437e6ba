# What btx is built with: versions and checksums. Sourced by setup.sh.

# Debian 12 packages that a build needs, and bubblewrap, in which generated code runs.
BUILD_PACKAGES=(
  g++ cmake ninja-build pkg-config git unzip ca-certificates python3
  libboost1.81-dev libboost-context1.81-dev libtomlplusplus-dev libspdlog-dev libfmt-dev doctest-dev libcli11-dev
  nlohmann-json3-dev libpcre2-dev zlib1g-dev libzstd-dev libxxhash-dev
  libutf8proc-dev libsentencepiece-dev bubblewrap
)
# Needed only while wheels are downloaded, and only by .ci/run.
DOWNLOAD_PACKAGES=(python3-pip)
LINT_PACKAGES=(clang-format clang-tidy)

# LibTorch: the library inside the wheel; its Python part is not used.
TORCH_VERSION=2.11.0
TORCH_WHEEL="7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl"

# Library, checksum and wheel of the CUDA libraries that torch 2.11.0 names (its own metadata and
# that of cuda-toolkit 13.0.2). A library that the CUDA toolkit has is taken from there instead.
# libtorch_cpu.so needs the first list even where there is no GPU.
CPU_WHEELS=(
  "libcudart.so.13 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548 nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "libcupti.so.13 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8 nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl"
)
GPU_WHEELS=(
  "libnvrtc.so.13 ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575 nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl"
  "libcublas.so.13 ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171 nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl"
  "libcufft.so.12 6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3 nvidia_cufft-12.0.0.61-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "libcufile.so.0 08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44 nvidia_cufile-1.15.1.6-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "libcurand.so.10 1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl"
  "libcusolver.so.12 0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112 nvidia_cusolver-12.0.4.66-py3-none-manylinux_2_27_x86_64.whl"
  "libcusparse.so.12 2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b nvidia_cusparse-12.6.3.3-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "libnvJitLink.so.13 13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b nvidia_nvjitlink-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl"
  "libnvtx3interop.so.1 4936d1d6780fbe68db454f5e72a42ff64d1fd6397df9f363ae786930fd5c1cd4 nvidia_nvtx-13.0.85-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl"
  "libcudnn.so.9 d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf nvidia_cudnn_cu13-9.19.0.56-py3-none-manylinux_2_27_x86_64.whl"
  "libcusparseLt.so.0 25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd nvidia_cusparselt_cu13-0.8.0-py3-none-manylinux2014_x86_64.whl"
  "libnccl.so.2 e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42 nvidia_nccl_cu13-2.28.9-py3-none-manylinux_2_18_x86_64.whl"
  "libnvshmem_host.so.3 290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80 nvidia_nvshmem_cu13-3.4.5-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
)
# The CUDA compiler, for machines without a CUDA toolkit: its checksum and wheel, and those of what it reads.
NVCC_WHEELS=(
  "56fe502eb77625a12f25172caa3cdddb4e4c8ba2c8c17dba44b164761b380f03 nvidia_cuda_nvcc-13.0.88-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "c5f41ffeb6466944a026dfa5317d7d85355c119bbec279205d22f1869d1054e0 nvidia_nvvm-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl"
  "2c8043c7c9e02492716426e9919fc78d2c5b3b2a7a768a88e952676b08aa55a4 nvidia_cuda_crt-13.0.88-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548 nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
  "e0da7ad981f3a8aff08241b5bfc1af868742a63e2762f53a5171c492ef242649 nvidia_cuda_cccl-13.0.85-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
)
