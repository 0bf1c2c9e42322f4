"""Makes a vision-language model of a million random weights: `python tiny_vlm.py FOLDER`.

Runs in the environment of the engines. The model is of the family of SmolVLM and knows nothing. It
says words, other words for other pictures; at temperature 0 the same each time. It never stops by
itself.
"""

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import (
    GenerationConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)

TILE = 64
PATCH = 16
SCALE = 2
CONTEXT = 8192
WORDS = (
    "the picture shows a red green blue tent on mountain beside two small trees under clear sky "
    "and water with people who walk along narrow street where old houses stand in long rows "
    "question answer document system user assistant what which where image"
)
MARKS = ["<|im_start|>", "<end_of_utterance>", "<image>", "<fake_token_around_image>"]
TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}:"
    "{% if message['content'] is string %} {{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %} {{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)


def main(folder: Path) -> None:
    """Write the model, its processor and its tokenizer."""
    torch.manual_seed(7)
    tokenizer = make_tokenizer()
    processor = Idefics3Processor(
        image_processor=Idefics3ImageProcessorPil(
            do_image_splitting=False,
            size={"longest_edge": TILE},
            max_image_size={"longest_edge": TILE},
        ),
        tokenizer=tokenizer,
        image_seq_len=(TILE // PATCH) ** 2 // SCALE**2,
        chat_template=TEMPLATE,
    )
    model = Idefics3ForConditionalGeneration(config_for(processor.tokenizer)).eval()
    model.generation_config = only_words(processor.tokenizer)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    sys.stdout.write(f"{sum(weights.numel() for weights in model.parameters())}\n")


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, and some words as single tokens."""
    bpe = Tokenizer(BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=MARKS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([WORDS] * 3, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<|im_start|>",
        eos_token="<end_of_utterance>",
        pad_token="<|im_start|>",
        model_max_length=CONTEXT,
    )


def config_for(tokenizer: PreTrainedTokenizerFast) -> Idefics3Config:
    """Wide enough a spread of weights that a picture changes what is said."""
    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return Idefics3Config(
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=SCALE,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        vision_config={
            "hidden_size": 96,
            "intermediate_size": 192,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": TILE,
            "patch_size": PATCH,
            "initializer_range": 0.2,
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": 128,
            "intermediate_size": 320,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": CONTEXT,
            "initializer_range": 0.2,
            "tie_word_embeddings": False,
            **ids,
        },
    )


def only_words(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    """It says whole words, so that what comes is readable, and never the mark of the end."""
    vocabulary = tokenizer.get_vocab()
    silent = [number for token, number in vocabulary.items() if len(token) < 4 or token[0] != "Ġ"]
    return GenerationConfig(
        do_sample=True,
        suppress_tokens=sorted(silent),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=3000,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
