"""The types of arrays, to be written in annotations without loading numpy."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Integers = npt.NDArray[np.int64]
    Shorts = npt.NDArray[np.int32]
    Ids = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]
    Keys = npt.NDArray[np.uint64]
    Lengths = npt.NDArray[np.integer[Any]]
    Unsigned = npt.NDArray[np.unsignedinteger[Any]]
else:
    Bytes = Integers = Shorts = Ids = Floats = Mask = Keys = Lengths = Unsigned = Any
