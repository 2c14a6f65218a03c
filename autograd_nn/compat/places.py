"""Where each module of Keras 1, 2 and 3 has its names here: one table.

A path below ``keras``, and the modules that answer for it, the first that has a name.
"""

from __future__ import annotations

NN, COMPAT = "autograd_nn.nn", "autograd_nn.compat"
HERE, TF = f"{COMPAT}.answers", f"{COMPAT}.tensorflow"
NAMES, FOLDERS = f"{HERE}.names", f"{HERE}.folders"
ENQUEUERS, INTERNALS = f"{HERE}.enqueuers", f"{HERE}.internals"

_LAYERS = (f"{HERE}.layers", f"{HERE}.recurrent", f"{HERE}.advanced", f"{NN}.layers",
           f"{NN}.models")  # fmt: skip
_ENGINE = (*_LAYERS, f"{NN}.utils", NN, NAMES, INTERNALS)
_UTILS = (FOLDERS, f"{HERE}.labels", f"{HERE}.spread", f"{HERE}.archives", f"{NN}.utils",
          NAMES, f"{NN}.saving", *_LAYERS, ENQUEUERS, f"{HERE}.conv_utils", INTERNALS)
_LOSSES = (f"{NN}.losses", f"{HERE}.scores", NAMES)
_WRAPPERS = (f"{HERE}.wrappers", f"{NN}.wrappers")

_GROUPS: dict[tuple[str, ...], str] = {
    (NAMES, NN): ".",
    _LAYERS: "layers layers.core layers.convolutional layers.recurrent layers.embeddings "
    "layers.normalization layers.advanced_activations layers.pooling layers.wrappers layers.merge "
    "layers.noise layers.local layers.convolutional_recurrent layers.cudnn_recurrent "
    "layers.containers layers.experimental layers.experimental.preprocessing layers.preprocessing "
    "layers.attention layers.merging layers.reshaping layers.regularization layers.activation "
    "legacy.layers",
    _ENGINE: "engine engine.topology engine.training engine.base_layer engine.input_layer "
    "engine.input_spec engine.sequential engine.network engine.functional engine.keras_tensor "
    "engine.data_adapter engine.saving",
    (f"{HERE}.conv_utils", *_UTILS): "utils.conv_utils",
    (f"{HERE}.conv_utils", f"{NN}.applications.imagenet_utils"): "applications.imagenet_utils",
    _UTILS: "utils utils.np_utils utils.vis_utils utils.data_utils utils.generic_utils "
    "utils.io_utils utils.visualize_util utils.layer_utils utils.training_utils "
    "utils.multi_gpu_utils utils.tf_utils utils.all_utils",
    (f"{HERE}.interfaces", *_UTILS): "legacy.interfaces",
    _LOSSES: "losses objectives utils.losses_utils",
    (f"{NN}.metrics", f"{HERE}.scores", NAMES): "metrics",
    (f"{HERE}.initializations", f"{NN}.initializers"): "initializations",
    (f"{NN}.initializers", NAMES): "initializers initializers.initializers_v1 "
    "initializers.initializers_v2",
    (f"{HERE}.graph", f"{NN}.models", *_LAYERS, NAMES): "models legacy.models",
    (f"{HERE}.callbacks", f"{NN}.callbacks"): "callbacks callbacks.callbacks",
    (f"{HERE}.optimizers", f"{NN}.optimizers"): "optimizers optimizers.legacy "
    "optimizers.experimental optimizer_v2.optimizer_v2 optimizers.optimizer_v2",
    (f"{NN}.optimizers",): "optimizer_v2 " + " ".join(
        f"optimizer_v2.{n} optimizers.{n}_v2"
        for n in ("adadelta", "adagrad", "adam", "adamax", "ftrl", "gradient_descent", "nadam",
                  "rmsprop")
    ),
    (f"{NN}.optimizers.schedules", f"{HERE}.wide"): "experimental premade",
    (f"{NN}.optimizers.schedules",): "optimizers.schedules "
    "optimizer_v2.learning_rate_schedule",
    (f"{NN}.applications.mobilenet", NAMES): "applications.mobilenet",
    (f"{NN}.applications.resnet50", f"{HERE}.blocks"): "applications.resnet50",
    (f"{HERE}.meant", f"{NN}.activations"): "activations",
    (f"{NN}.constraints",): "constraints",
    (f"{NN}.regularizers", NAMES): "regularizers",
    (f"{COMPAT}.functions.backend",): "backend backend.common backend.tensorflow_backend "
    "backend_config backend.theano_backend legacy.backend",
    (FOLDERS, f"{NN}.preprocessing"): "preprocessing",
    (FOLDERS, f"{HERE}.filters", f"{NN}.preprocessing.text"): "preprocessing.text",
    (f"{NN}.preprocessing.sequence", f"{NN}.utils", INTERNALS): "preprocessing.sequence",
    (FOLDERS, f"{NN}.preprocessing.image"): "preprocessing.image",
    (f"{NN}.datasets",): "datasets",
    (f"{NN}.applications",): "applications",
    _WRAPPERS: "wrappers wrappers.scikit_learn",
    (f"{NN}.saving",): "saving saving.legacy saving.save",
    (f"{NN}.mixed_precision", NAMES): "mixed_precision mixed_precision.experimental",
    (f"{NN}.config",): "config",
    (f"{NN}.ops",): "ops ops.nn ops.numpy ops.core ops.math",
    (f"{NN}.ops.image",): "ops.image",
    (f"{NN}.ops.linalg",): "ops.linalg",
    (f"{NN}.distribution",): "distribution",
    (f"{NN}.random",): "random",
    (f"{NN}.tree",): "tree",
    (NN,): "legacy",
    (f"{NN}.dtype_policies",): "dtype_policies",
}  # fmt: skip

# Whose every module stands at the same path here.
BELOW = {"datasets": f"{NN}.datasets", "applications": f"{NN}.applications"}

PLACES: dict[str, tuple[str, ...]] = {
    path.strip("."): sources for sources, paths in _GROUPS.items() for path in paths.split()
}

# Modules of Keras itself, wherever it stood.
ROOTS = (
    "keras", "tensorflow.keras", "tensorflow.python.keras", "tensorflow.contrib.keras",
    "tensorflow.contrib.keras.api.keras", "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras", "tf_keras",
)  # fmt: skip

# Packages of their own that Keras 2.2 and 2.3 came with, and where it has what is in them.
ASIDE = {"keras_applications": "applications", "keras_preprocessing": "preprocessing"}

# The same of TensorFlow as below its own name.
AGAIN = ("tensorflow.compat.v1", "tensorflow.compat.v2")

# Those beside Keras: of TensorFlow, and what SciPy had of pictures.
BESIDE: dict[str, tuple[str, ...]] = dict.fromkeys(
    "tensorflow tensorflow.math tensorflow.compat tensorflow.python tensorflow.contrib "
    "tensorflow.contrib.keras.api".split(),
    (TF,),
) | {
    "tensorflow.python.client": (f"{TF}.elder.client",),
    **dict.fromkeys(("tensorflow.examples", "tensorflow.examples.tutorials"), (TF,)),
    "tensorflow.contrib.ctc": (f"{TF}.maths.nn",),
    "tensorflow.python.framework.tensor_shape": (f"{TF}.values.shapes",),
    "tensorflow.python.ops.image_ops": (f"{TF}.maths.image",),
    "tensorflow.python.ops.linalg_ops": (f"{TF}.maths.linalg", TF),
    "tensorflow.python.ops.string_ops": (f"{TF}.maths.strings", TF),
    "tensorflow.python.ops.random_ops": (f"{TF}.maths.draws", TF),
    "tensorflow.python.data": (f"{TF}.pipeline.data",),
    "tensorflow.python.util.nest": (f"{NN}.tree",),
    "tensorflow.python.util.tf_inspect": ("inspect",),
    "tensorflow.examples.tutorials.mnist": (f"{TF}.elder.digits",),
    "tensorflow.layers": (f"{TF}.training.layers", f"{NN}.layers"),
    "tensorflow.nn": (f"{TF}.maths.nn",),
    "tensorflow.random": (f"{TF}.maths.draws",),
    "tensorflow.lookup": (f"{TF}.values.lookup",),
    "tensorflow.nest": (f"{NN}.tree",),
    "tensorflow.linalg": (f"{TF}.maths.linalg", f"{TF}.maths.plain"),
    "tensorflow.signal": (f"{TF}.maths.signal",),
    "tensorflow.summary": (f"{TF}.training.summary",),
    "tensorflow.io": (f"{TF}.pipeline.io", f"{TF}.maths.image",
                      f"{TF}.pipeline.records"),
    "tensorflow.python_io": (f"{TF}.pipeline.records",),
    "tensorflow.saved_model": (f"{TF}.training.saved",),
    "tensorflow.strings": (f"{TF}.maths.strings",),
    "tensorflow.train": (f"{TF}.training.train", f"{TF}.training.steps",
                         f"{TF}.pipeline.examples"),
    "tensorflow.image": (f"{TF}.maths.image", f"{NN}.ops.image"),
    "tensorflow.sparse": (f"{TF}.values.sparse",),
    "tensorflow.feature_column": (f"{TF}.training.columns",),
    "scipy.misc": (f"{COMPAT}.lent.pictures",),
    "tensorflow.losses": (f"{TF}.training.steps", *PLACES["losses"]),
    **{f"tensorflow.{n}": PLACES[n] for n in
       ("optimizers", "metrics", "initializers", "regularizers")},
}  # fmt: skip

# Folders of TensorFlow's own, whose modules scripts took its functions from; of which module which
# are is not kept.
INNER = tuple(f"tensorflow.python.{n}" for n in (
    "eager", "framework", "ops", "util", "training", "platform", "summary", "lib",
))  # fmt: skip
_INNER = (f"{TF}.elder.inner", TF, f"{TF}.maths.nn", f"{TF}.training.train",
          f"{TF}.elder.machine")


def _below(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def sources(name: str) -> tuple[str, ...] | None:
    """The modules that answer for a module's full name; None where nothing stands for it."""
    for root in ROOTS:
        if name == root or name.startswith(root + "."):
            path = name[len(root) + 1 :]
            folder, _, last = path.partition(".")
            if path not in PLACES and folder in BELOW and last:
                return (f"{BELOW[folder]}.{last}",)
            return PLACES.get(path)
    aside, dot, rest = name.partition(".")
    if aside in ASIDE:
        return sources(f"keras.{ASIDE[aside]}{dot}{rest}")
    for again in AGAIN:
        if name == again or name.startswith(again + "."):
            return sources("tensorflow" + name[len(again) :])
    if name not in BESIDE and _below(name, INNER):
        return _INNER
    return BESIDE.get(name)
