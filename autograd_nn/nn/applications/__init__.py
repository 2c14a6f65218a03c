"""Architectures of published image classifiers, with Keras's names, layers and order of weights.

A shape and a choice of weights go in, a functional model comes out. assemble.py has what all share
(what enters, the head, the files of weights), imagenet_utils.py pixels and class names; each other
file is one family, as short as its paper's table. Start with assemble.py, then resnet.py.
"""

from __future__ import annotations

from autograd_nn.nn.applications import (
    densenet,
    efficientnet,
    imagenet_utils,
    inception_resnet_v2,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    resnet,
    resnet50,
    resnet_v2,
    vgg16,
    vgg19,
    xception,
)
from autograd_nn.nn.applications.assemble import Application
from autograd_nn.nn.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from autograd_nn.nn.applications.efficientnet import (
    EfficientNetB0,
    EfficientNetB1,
    EfficientNetB2,
    EfficientNetB3,
    EfficientNetB4,
    EfficientNetB5,
    EfficientNetB6,
    EfficientNetB7,
)
from autograd_nn.nn.applications.inception_resnet_v2 import InceptionResNetV2
from autograd_nn.nn.applications.inception_v3 import InceptionV3
from autograd_nn.nn.applications.mobilenet import MobileNet
from autograd_nn.nn.applications.mobilenet_v2 import MobileNetV2
from autograd_nn.nn.applications.mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
from autograd_nn.nn.applications.nasnet import NASNetLarge, NASNetMobile
from autograd_nn.nn.applications.resnet import ResNet50, ResNet101, ResNet152
from autograd_nn.nn.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from autograd_nn.nn.applications.vgg16 import VGG16
from autograd_nn.nn.applications.vgg19 import VGG19
from autograd_nn.nn.applications.xception import Xception

__all__ = [
    "VGG16", "VGG19", "Application", "DenseNet121", "DenseNet169", "DenseNet201",
    "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3", "EfficientNetB4",
    "EfficientNetB5", "EfficientNetB6", "EfficientNetB7", "InceptionResNetV2", "InceptionV3",
    "MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small", "NASNetLarge",
    "NASNetMobile", "ResNet101", "ResNet101V2", "ResNet152", "ResNet152V2", "ResNet50",
    "ResNet50V2", "Xception", "densenet", "efficientnet", "imagenet_utils",
    "inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3",
    "nasnet", "resnet", "resnet50", "resnet_v2", "vgg16", "vgg19", "xception",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
