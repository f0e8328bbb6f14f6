const I=[],Z=[],t=[],J=[],K=[],aa=[],ab=[],L=[],m=[];
