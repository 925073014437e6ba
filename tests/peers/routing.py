"""Where two programs cannot be expected to agree: a token whose next best expert is as good as the
last one chosen goes to either of them by rounding, and all later tokens of its sequence see that."""
import torch

SMALLEST_MARGIN = 1e-5


def is_mixture(peer):
    return hasattr(peer.config, "num_local_experts")


def forward(peer, tokens):
    """Logits [B, T, V], and of every layer's router [L, B, T, E] (empty for a dense model)."""
    with torch.no_grad():
        if not is_mixture(peer):
            return peer(tokens).logits, torch.empty(0, *tokens.shape, 0)
        out = peer(tokens, output_router_logits=True)
    return out.logits, torch.stack(out.router_logits).view(len(out.router_logits), *tokens.shape, -1)


def clear_positions(peer, router_logits):
    """[B, T]: those before the first position of the sequence where a layer's choice is too close."""
    if router_logits.numel() == 0:
        return torch.ones(router_logits.shape[1:3], dtype=torch.bool)
    ordered = router_logits.sort(-1, descending=True).values
    chosen = peer.config.num_experts_per_tok
    if chosen == ordered.shape[-1]:
        return torch.ones(router_logits.shape[1:3], dtype=torch.bool)
    margin = (ordered[..., chosen - 1] - ordered[..., chosen]).amin(0)
    return (margin >= SMALLEST_MARGIN).long().cumprod(1).bool()
