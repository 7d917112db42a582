"""The data sets of MNIST's family: their files, shapes, checksums and mirrors.

Each has four files: training images, training labels, test images and test labels. If the checksum
of the decompressed bytes is known, the data is accepted in any container. If only the checksum of
the publisher's gzip or zip is known, only that gzip or zip can be verified.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class IDXFile:
    """One file of a data set.

    Attributes
    ----------
    name
        Its name without .gz.
    shape
        The shape of its array, of uint8.
    sha256
        The SHA-256 of its decompressed bytes, or None if it isn't known.
    gzip_sha256
        The SHA-256 of the gzip, if no other is published.
    """

    name: str
    shape: tuple[int, ...]
    sha256: str | None = None
    gzip_sha256: str | None = None

    @property
    def names(self) -> list[str]:
        """Its possible names, starting with the one that can be verified best."""
        dotted = re.sub(r"-(idx\d)", r".\1", self.name)  # as some programs unpacked it
        endings = ("", ".gz") if self.gzip_sha256 is None else (".gz", "")
        return [name + ending for ending in endings for name in (self.name, dotted)]


@dataclass(frozen=True)
class Archive:
    """A zip archive in which a data set is published, with its published MD5."""

    name: str
    n_bytes: int
    md5: str


@dataclass(frozen=True)
class IDXDataset:
    """A data set in four IDX files, and where to get it.

    Attributes
    ----------
    name
        The name used in messages.
    folder
        The subfolder with its files, in TINYNET_DATA and in the cache.
    files
        Training images, training labels, test images, test labels.
    mirrors
        Addresses to which a file's name and .gz, or the archive's name, are appended. The first is
        tried first.
    archive
        The zip archive with the files, if the mirrors don't have them separately.
    torchvision
        The folder in which torchvision keeps it.
    keras
        The file or folder in which Keras keeps it.
    openml
        The number of the OpenML file that scikit-learn's ``fetch_openml`` downloads.
    labels
        The lowest and the highest label.
    """

    name: str
    folder: str
    files: tuple[IDXFile, ...]
    mirrors: tuple[str, ...]
    archive: Archive | None = None
    torchvision: str | None = None
    keras: str | None = None
    openml: int | None = None
    labels: tuple[int, int] = (0, 9)

    @property
    def module(self) -> str:
        """The module whose ``load_data`` loads it."""
        return self.folder

    @property
    def by_hand(self) -> str:
        """The instructions for supplying the files without a download."""
        names = ", ".join(file.name for file in self.files)
        archive = self.archive.name if self.archive else self.keras
        whole = f", or {archive}," if archive and "." in archive else ""
        return (
            f"To supply the files by hand, put {names} (with or without .gz){whole} into a folder "
            f'and call load_data(path="that folder"); or put them into a folder {self.folder} and '
            f"set the environment variable TINYNET_DATA to the folder around it."
        )


TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

MNIST = IDXDataset(
    name="MNIST",
    folder="mnist",
    files=(
        IDXFile(
            TRAIN_IMAGES,
            (60000, 28, 28),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        IDXFile(
            TRAIN_LABELS,
            (60000,),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        IDXFile(
            TEST_IMAGES,
            (10000, 28, 28),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        IDXFile(
            TEST_LABELS,
            (10000,),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",  # github.com/cvdfoundation/mnist
        "https://ossci-datasets.s3.amazonaws.com/mnist/",  # torchvision's
        "https://raw.githubusercontent.com/fgnt/mnist/master/",  # Paderborn University's
    ),
    torchvision="MNIST",
    keras="mnist.npz",
    openml=52667,
)

# The publisher states only the MD5 of the gzips. These are the SHA-256 of their contents.
FASHION_MNIST = IDXDataset(
    name="Fashion-MNIST",
    folder="fashion_mnist",
    files=(
        IDXFile(
            TRAIN_IMAGES,
            (60000, 28, 28),
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        IDXFile(
            TRAIN_LABELS,
            (60000,),
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        IDXFile(
            TEST_IMAGES,
            (10000, 28, 28),
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        IDXFile(
            TEST_LABELS,
            (10000,),
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    mirrors=(
        # the publisher's repository
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",  # Keras's
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",  # the publisher's server
    ),
    torchvision="FashionMNIST",
    keras="fashion-mnist",
    openml=18238735,
)

# TensorFlow Datasets publishes the SHA-256 of the gzips. None of their contents is published.
KMNIST = IDXDataset(
    name="Kuzushiji-MNIST",
    folder="kmnist",
    files=(
        IDXFile(
            TRAIN_IMAGES,
            (60000, 28, 28),
            gzip_sha256="51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        ),
        IDXFile(
            TRAIN_LABELS,
            (60000,),
            gzip_sha256="e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        ),
        IDXFile(
            TEST_IMAGES,
            (10000, 28, 28),
            gzip_sha256="edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        ),
        IDXFile(
            TEST_LABELS,
            (10000,),
            gzip_sha256="20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
    ),
    mirrors=(  # the publisher's server is the only one with files of that SHA-256
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    torchvision="KMNIST",
)

# torchvision publishes the MD5 of the whole archive. None of the files in it is published.
_EMNIST_ARCHIVE = Archive("gzip.zip", 561_753_746, "58c8d27c78d21e728a6bc7b3cc06412e")
_EMNIST_SIZES = {  # training images, test images, lowest label, highest label
    "balanced": (112_800, 18_800, 0, 46),
    "letters": (124_800, 20_800, 1, 26),
    "digits": (240_000, 40_000, 0, 9),
}


def _emnist(subset: str) -> IDXDataset:
    n_train, n_test, lowest, highest = _EMNIST_SIZES[subset]
    prefix = f"emnist-{subset}"
    return IDXDataset(
        name=f"EMNIST {subset.capitalize()}",
        folder="emnist",
        files=(
            IDXFile(f"{prefix}-train-images-idx3-ubyte", (n_train, 28, 28)),
            IDXFile(f"{prefix}-train-labels-idx1-ubyte", (n_train,)),
            IDXFile(f"{prefix}-test-images-idx3-ubyte", (n_test, 28, 28)),
            IDXFile(f"{prefix}-test-labels-idx1-ubyte", (n_test,)),
        ),
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        archive=_EMNIST_ARCHIVE,
        torchvision="EMNIST",
        labels=(lowest, highest),
    )


EMNIST = {subset: _emnist(subset) for subset in _EMNIST_SIZES}


def whose(sha256: str, gzip_sha256: str | None = None) -> IDXDataset | None:
    """Return the data set that has a file with one of these checksums, or None.

    Examples
    --------
    >>> whose("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34").name
    'Fashion-MNIST'
    """
    for dataset in (MNIST, FASHION_MNIST, KMNIST):
        for file in dataset.files:
            if file.sha256 == sha256 or (gzip_sha256 and file.gzip_sha256 == gzip_sha256):
                return dataset
    return None
