"""Another lesson 7 for a term of its own: over lesson 6's columns with the channels last."""

from minifcn.course.conventions import Convention

ROWS = "weight.transpose(0, 2, 3, 1).reshape(K, kh * kw * C)"

MATRIX = r"""M = \text{weight, reshaped to } (K,\; C k_h k_w)$$"""
THIS_MATRIX = r"""M = \text{weight, its channels moved to the end, reshaped to } (K,\; k_h k_w C)$$
#
# The columns of this term have the channels last, so a kernel must be read in that order, too:
# `weight.transpose(0, 2, 3, 1)` has the axes `(K, kh, kw, C)`."""

CONVENTIONS = {
    "channels-last": Convention(
        says="",  # lesson 6 says it
        hint="The kernels are read with the channels first. This term's columns have them last: row, column, channel. Bring the"
        " axes of weight into that order before the reshape, or those of the result after it.",
        text=(
            (MATRIX, THIS_MATRIX),
            ("(N, C*kh*kw, oh*ow)", "(N, kh*kw*C, oh*ow)"),
            ("`R = C*kh*kw`", "`R = kh*kw*C`"),
            ("$K \\times C k_h k_w$", "$K \\times k_h k_w C$"),
            ("where M (K, C*kh*kw) has a\n    kernel in each row.", "where M (K, kh*kw*C) has a\n    kernel in each row, its channels last."),
            ("y = weight.reshape(K, C * kh * kw) @ im2col(", f"y = {ROWS} @ im2col("),
            ("`weight.reshape(C*kh*kw, K)` has the right shape", "`weight.reshape(kh*kw*C, K)` has the right shape"),
            ("columns = weight.reshape(K, C * kh * kw).T @ ", f"columns = {ROWS}.T @ "),
            ("return products.sum(axis=0).reshape(K, C, kh, kw)",
             "return products.sum(axis=0).reshape(K, kh, kw, C).transpose(0, 3, 1, 2)"),
            ("kernels.reshape(64, 576)", "kernels.transpose(0, 2, 3, 1).reshape(64, 576)"),
        ),
        words=(
            ("weight.reshape(K, C*kh*kw)", "weight.transpose(0, 2, 3, 1).reshape(K, kh*kw*C)"),
            ("C*kh*kw", "kh*kw*C"),
            ("then reshape to (K, C, kh, kw)", "then reshape to (K, kh, kw, C) and move C to axis 1"),
        ),
        obsolete=dict.fromkeys(("conv_forward", "conv_backward_input", "conv_backward_weight"), ("channels_last",)),
    )
}
