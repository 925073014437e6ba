#pragma once
// Stages that need no LibTorch. Each reads context.config and context.inputs and fills
// context.output; each throws btx::Error.

#include "pipeline/stage_context.hpp"

namespace btx {

/// {domain, source, params, split} -> train.jsonl, dev.jsonl, test.jsonl, documents.json.
void run_documents(const StageContext& context);
/// Trains on the train documents of documents/*, or copies `path` -> tokenizer.json.
void run_tokenizer(const StageContext& context);
/// documents, tokenizer -> train.tokens, dev.tokens.
void run_tokens(const StageContext& context);
/// `path`, a pack, and `stage` -> that stage's files.
void run_unpack(const StageContext& context);
/// `path`, a Hugging Face folder -> the same model as one float32 file, with the tokenizer.
void run_import(const StageContext& context);
/// model/* -> the merged model, with mix.json: what was planned, and digests read and written.
void run_mix(const StageContext& context);
/// model/*, documents/*, dev_loss/* -> a fitted ensemble (ensemble_folder.hpp).
void run_ensemble(const StageContext& context);
/// evaluate/*, train/* -> report.md, report.html, report.json.
void run_report(const StageContext& context);

}  // namespace btx
